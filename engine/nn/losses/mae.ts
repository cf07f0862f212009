import { absolute, subtract } from '../../graph/ops.ts';
import { pointLoss } from './loss.ts';

/** Absolute error; the gradient at 0 is 0, as in PyTorch. */
export const mae = pointLoss((prediction, target) => absolute(subtract(prediction, target)));
