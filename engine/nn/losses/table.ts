/** All losses that a network can be trained with. */
import type { LossKind, LossSpecification } from '../../spec/losses.ts';
import { binaryCrossEntropy } from './binary-cross-entropy.ts';
import { crossEntropy } from './cross-entropy.ts';
import { gaussian } from './gaussian.ts';
import { huber } from './huber.ts';
import type { Loss } from './loss.ts';
import { mae } from './mae.ts';
import { mse } from './mse.ts';
import { quantile } from './quantile.ts';
import { studentT } from './student-t.ts';

type Options<Kind extends LossKind> = Extract<LossSpecification, Kind | { readonly type: Kind }>;

const losses: { readonly [Kind in LossKind]: (options: Options<Kind>) => Loss } = {
  mse: () => mse,
  mae: () => mae,
  huber: () => huber,
  gaussian: () => gaussian,
  student_t: () => studentT,
  quantile,
  cross_entropy: crossEntropy,
  binary_cross_entropy: binaryCrossEntropy,
};

export function lossOf(specification: LossSpecification): Loss {
  const kind = typeof specification === 'string' ? specification : specification.type;
  const make = losses[kind] as (options: LossSpecification) => Loss;
  return make(specification);
}
