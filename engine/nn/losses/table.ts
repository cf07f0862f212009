/** All losses that a specification can name. */
import type { Tensor } from '../../graph/tensor.ts';
import type { Loss } from '../../spec/network.ts';
import { huber } from './huber.ts';
import { mae } from './mae.ts';
import { mse } from './mse.ts';

/** From prediction and target of one shape, a scalar. */
export type LossFunction = (prediction: Tensor, target: Tensor) => Tensor;

export const losses: Record<Loss, LossFunction> = { mse, mae, huber };
