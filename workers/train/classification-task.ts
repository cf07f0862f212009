/** Classification: rows in, labels out. */
import type { FittedClassification } from '../../datasets/classification/contract.ts';
import { prepareClassification } from '../../datasets/classification/prepare.ts';
import type { FittedFeatures } from '../../domain/models/fitted-features.ts';
import type { ClassificationSpecification } from '../../engine/spec/tasks.ts';
import { keepingIn } from './keeping.ts';
import type { PreparedTask } from './prepared-task.ts';
import { readerTask } from './reader-task.ts';
import { rowParts } from './row-parts.ts';

/** Of models made when a text was the only input. */
type FittedText = Pick<FittedClassification, 'labels'> & { readonly feature: FittedFeatures['text'] };

export async function classificationTask(
  tablePath: string,
  specification: ClassificationSpecification,
  fitted: unknown,
  workFolder: string,
): Promise<PreparedTask> {
  const known = fitted as FittedClassification | FittedText | undefined;
  const { features, labels, inputs, parts, scoreTest, leftOut, release } = await prepareClassification({
    tablePath,
    specification,
    workFolder,
    keeping: keepingIn(workFolder),
    fitted: known && 'feature' in known ? asFitted(known, specification) : known,
  });
  const about = { inputs: [...features], labels: [...labels] };
  return readerTask({
    specification,
    inputs,
    parts,
    loss: { type: 'cross_entropy', label_smoothing: specification.output.label_smoothing },
    outputSize: labels.length,
    outputs: { kind: 'classes' },
    fitted: { features, labels } satisfies FittedClassification,
    features: about,
    release,
    card: async (logits) => ({
      task: 'classification',
      parts: rowParts(parts, leftOut),
      features: about,
      held_out: await scoreTest(logits),
    }),
  });
}

function asFitted(
  { feature, labels }: FittedText,
  { data }: ClassificationSpecification,
): FittedClassification {
  const [input] = data.inputs;
  const size = input && 'embedding_size' in input ? input.embedding_size : undefined;
  return { labels, features: [{ ...feature, ...(size !== undefined && { embedding_size: size }) }] };
}
