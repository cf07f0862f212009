/** Several labels at once: rows in, any of the labels out. */
import type { FittedMultilabel } from '../../datasets/multilabel/contract.ts';
import { prepareMultilabel } from '../../datasets/multilabel/prepare.ts';
import type { MultilabelSpecification } from '../../engine/spec/tasks.ts';
import { keepingIn } from './keeping.ts';
import type { PreparedTask } from './prepared-task.ts';
import { readerTask } from './reader-task.ts';
import { rowParts } from './row-parts.ts';

export async function multilabelTask(
  tablePath: string,
  specification: MultilabelSpecification,
  fitted: unknown,
  workFolder: string,
): Promise<PreparedTask> {
  const { features, labels, inputs, parts, positiveWeights, scoreTest, leftOut, release } =
    await prepareMultilabel({
      tablePath,
      specification,
      workFolder,
      keeping: keepingIn(workFolder),
      fitted: fitted as FittedMultilabel | undefined,
    });
  const about = { inputs: [...features], labels: [...labels] };
  return readerTask({
    specification,
    inputs,
    parts,
    loss: { type: 'binary_cross_entropy', positive_weights: positiveWeights },
    outputSize: labels.length,
    outputs: { kind: 'labels' },
    fitted: { features, labels } satisfies FittedMultilabel,
    features: about,
    release,
    card: (logits) => ({
      task: 'multilabel',
      parts: rowParts(parts, leftOut),
      features: about,
      held_out: scoreTest(logits),
    }),
  });
}
