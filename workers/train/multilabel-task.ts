/** Several labels at once: rows in, any of the labels out. */
import type { PreparedMultilabel } from '../../datasets/multilabel/contract.ts';
import { prepareMultilabel } from '../../datasets/multilabel/prepare.ts';
import { UnknownLabelError } from '../../datasets/multilabel/read-labels.ts';
import { exportRowModel } from '../../engine/programs/export-row-model.ts';
import type { LossSpecification } from '../../engine/spec/losses.ts';
import { networkShape } from '../../engine/spec/network-shape.ts';
import { rowSizes } from '../../engine/spec/row-inputs.ts';
import type { MultilabelSpecification } from '../../engine/spec/tasks.ts';
import { FirstWeightsError } from './job-errors.ts';
import { trainableWindows } from '../../engine/training/trainable.ts';
import { windowExamples } from '../../engine/training/window-examples.ts';
import type { PreparedTask } from './prepared-task.ts';
import { rowParts } from './row-parts.ts';

export async function multilabelTask(
  tablePath: string,
  specification: MultilabelSpecification,
  fitted: unknown,
  workFolder: string,
): Promise<PreparedTask> {
  const known = fitted as Pick<PreparedMultilabel, 'features' | 'labels'> | undefined;
  const prepared = await prepareMultilabel({
    tablePath,
    specification,
    workFolder,
    ...(known && { fitted: known }),
  }).catch((error: unknown) => {
    throw error instanceof UnknownLabelError ? new FirstWeightsError(error.message) : error;
  });
  const { features, labels, inputs, parts } = prepared;
  const about = { inputs: [...features], labels: [...labels] };
  const network = networkShape(specification.architecture, specification.model, {
    ...rowSizes(inputs),
    outputSize: labels.length,
  });
  const loss: LossSpecification = {
    type: 'binary_cross_entropy',
    positive_weights: prepared.positiveWeights,
  };
  return {
    trainable: trainableWindows({ network, loss, parts }),
    fitted: { features, labels },
    conclude: async ({ parameters, lineage, predict }) => ({
      file: exportRowModel({
        network,
        inputs,
        outputs: { kind: 'labels' },
        parameters,
        metadata: { ...lineage, 'unroll.features': JSON.stringify(about) },
      }),
      card: {
        task: 'multilabel',
        parts: rowParts(parts),
        features: about,
        held_out: prepared.scoreTest(await predict(windowExamples(parts.test))),
      },
    }),
  };
}
