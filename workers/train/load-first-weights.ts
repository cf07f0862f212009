/** Fine-tuning in the child: the weights that training begins with, and how their features are scaled. */
import { parameterTotal } from '../../engine/programs/optimization-program.ts';
import { CheckpointError } from '../../engine/training/checkpoint-file.ts';
import type { Trainable } from '../../engine/training/trainable.ts';
import { FirstWeightsError } from './job-errors.ts';
import type { TrainOrder } from './protocol.ts';
import { readWeights, type Weights } from './weights.ts';

/**
 * Undefined: random ones. A job that goes on needs of them only what was fitted, and finds that in its own checkpoints too.
 * @throws FirstWeightsError
 */
export async function loadFirstWeights({
  initializeFrom,
  checkpoints,
}: TrainOrder): Promise<Weights | undefined> {
  if (initializeFrom === null) return undefined;
  let why = 'they are gone.';
  const own = checkpoints.resumeFrom.map(({ path }) => path);
  for (const path of [initializeFrom.path, ...own]) {
    if (path === null) continue;
    try {
      return await readWeights(path);
    } catch (error) {
      if (!(error instanceof CheckpointError)) throw error;
      why = error.message;
    }
  }
  throw new FirstWeightsError(why);
}

/** @throws FirstWeightsError when they are of another network */
export function checkFirstWeights({ parameters }: Weights, { problem }: Trainable): void {
  const count = parameterTotal(problem);
  if (parameters.length !== count)
    throw new FirstWeightsError(`expected ${count} numbers for this network, got ${parameters.length}`);
}
