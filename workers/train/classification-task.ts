/** Classification: rows in, labels out. */
import type { PreparedClassification } from '../../datasets/classification/contract.ts';
import { prepareClassification, UnknownLabelError } from '../../datasets/classification/prepare.ts';
import type { FittedFeatures } from '../../domain/models/fitted-features.ts';
import { exportRowModel } from '../../engine/programs/export-row-model.ts';
import type { LossSpecification } from '../../engine/spec/losses.ts';
import { networkShape } from '../../engine/spec/network-shape.ts';
import { rowSizes } from '../../engine/spec/row-inputs.ts';
import type { ClassificationSpecification } from '../../engine/spec/tasks.ts';
import { trainableWindows } from '../../engine/training/trainable.ts';
import { windowExamples } from '../../engine/training/window-examples.ts';
import { FirstWeightsError } from './job-errors.ts';
import type { PreparedTask } from './prepared-task.ts';
import { rowParts } from './row-parts.ts';

type Fitted = Pick<PreparedClassification, 'features' | 'labels'>;
/** Of models made when a text was the only input. */
type FittedText = Pick<Fitted, 'labels'> & { readonly feature: FittedFeatures['text'] };

export async function classificationTask(
  tablePath: string,
  specification: ClassificationSpecification,
  fitted: unknown,
  workFolder: string,
): Promise<PreparedTask> {
  const known = fitted as Fitted | FittedText | undefined;
  const prepared = await prepareClassification({
    tablePath,
    specification,
    workFolder,
    ...(known && { fitted: 'features' in known ? known : asFitted(known, specification) }),
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
    type: 'cross_entropy',
    label_smoothing: specification.output.label_smoothing,
  };
  return {
    trainable: trainableWindows({ network, loss, parts }),
    fitted: { features, labels },
    conclude: async ({ parameters, lineage, predict }) => ({
      file: exportRowModel({
        network,
        inputs,
        outputs: { kind: 'classes' },
        parameters,
        metadata: { ...lineage, 'unroll.features': JSON.stringify(about) },
      }),
      card: {
        task: 'classification',
        parts: rowParts(parts),
        features: about,
        held_out: prepared.scoreTest(await predict(windowExamples(parts.test))),
      },
    }),
  };
}

function asFitted({ feature, labels }: FittedText, { data }: ClassificationSpecification): Fitted {
  const [input] = data.inputs;
  const size = input && 'embedding_size' in input ? input.embedding_size : undefined;
  return { labels, features: [{ ...feature, ...(size !== undefined && { embedding_size: size }) }] };
}
