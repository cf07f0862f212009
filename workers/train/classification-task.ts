/** Classification: texts in, labels out. */
import type { PreparedClassification } from '../../datasets/classification/contract.ts';
import { prepareClassification, UnknownLabelError } from '../../datasets/classification/prepare.ts';
import { exportClassifier } from '../../engine/programs/export-classifier.ts';
import { networkShape } from '../../engine/spec/network-shape.ts';
import type { ClassificationSpecification } from '../../engine/spec/tasks.ts';
import { trainableWindows } from '../../engine/training/trainable.ts';
import { windowExamples } from '../../engine/training/window-examples.ts';
import { FirstWeightsError } from './job-errors.ts';
import type { PreparedTask } from './prepared-task.ts';

export async function classificationTask(
  tablePath: string,
  specification: ClassificationSpecification,
  fitted: unknown,
): Promise<PreparedTask> {
  const known = fitted as Pick<PreparedClassification, 'feature' | 'labels'> | undefined;
  const prepared = await prepareClassification({
    tablePath,
    specification,
    ...(known && { fitted: known }),
  }).catch((error: unknown) => {
    throw error instanceof UnknownLabelError ? new FirstWeightsError(error.message) : error;
  });
  const { training, validation, test } = prepared.parts;
  const { feature, labels } = prepared;
  const network = networkShape(specification.architecture, specification.model, prepared.sizes);
  const loss = {
    type: 'cross_entropy',
    label_smoothing: specification.output.label_smoothing,
  } as const;
  return {
    trainable: trainableWindows({ network, loss, parts: { training, validation } }),
    fitted: { feature, labels },
    conclude: async ({ parameters, lineage, predict }) => ({
      file: exportClassifier({
        network,
        parameters,
        metadata: {
          ...lineage,
          'unroll.features': JSON.stringify({ inputs: [feature], labels }),
        },
      }),
      card: {
        task: 'classification',
        parts: {
          training_rows: training.count,
          validation_rows: validation.count,
          test_rows: test.count,
        },
        features: { inputs: [{ ...feature, vocabulary: [...feature.vocabulary] }], labels: [...labels] },
        held_out: prepared.scoreTest(await predict(windowExamples(test))),
      },
    }),
  };
}
