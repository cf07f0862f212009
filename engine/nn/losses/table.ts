/** All losses that a network can be trained with. */
import type { LossKind, LossSpecification } from '../../spec/losses.ts';
import { huber } from './huber.ts';
import type { Loss } from './loss.ts';
import { mae } from './mae.ts';
import { mse } from './mse.ts';

const losses: Record<LossKind, Loss> = { mse, mae, huber };

export const lossOf = (specification: LossSpecification): Loss => losses[specification];
