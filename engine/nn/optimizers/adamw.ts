/** Adam with decoupled weight decay (Loshchilov & Hutter 2019, algorithm 2):  p = (1 − α λ) p, then Adam's step. */
import { multiply, scalar, subtract } from '../../graph/ops.ts';
import type { AdamwSpecification } from '../../spec/optimizers.ts';
import { adam } from './adam.ts';
import type { Optimizer } from './optimizer.ts';

export const adamw: Optimizer<AdamwSpecification> = {
  state: () => ['first_moment', 'second_moment'],
  schedule: [...adam.schedule, 'decay'],
  scheduleAt: (specification, t, learningRate) => [
    ...adam.scheduleAt(specification, t, learningRate),
    learningRate * specification.weight_decay,
  ],
  update: (specification, { parameters, state }, gradient, [stepSize, rootCorrection, decay], decayed) => {
    const kept = subtract(scalar(1), multiply(decayed, decay!));
    const shrunk = { parameters: multiply(parameters, kept), state };
    return adam.update(specification, shrunk, gradient, [stepSize!, rootCorrection!], decayed);
  },
};
