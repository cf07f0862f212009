import { absolute, subtract } from '../../graph/ops.ts';
import { mean } from './mean.ts';
import type { LossFunction } from './table.ts';

/** Mean absolute error over all elements; the gradient at 0 is 0, as in PyTorch. */
export const mae: LossFunction = (prediction, target) => mean(absolute(subtract(prediction, target)));
