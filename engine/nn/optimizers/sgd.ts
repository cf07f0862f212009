/**
 * Stochastic gradient descent, with PyTorch's momentum (Sutskever et al. 2013, with the learning rate outside).
 *
 *   g = g + λ p      u = μ u + g      p = p − α u,   or with Nesterov's momentum  p = p − α (g + μ u)
 */
import { add, multiply, scalar, subtract } from '../../graph/ops.ts';
import type { SgdSpecification } from '../../spec/optimizers.ts';
import type { Optimizer } from './optimizer.ts';
import { withDecay } from './with-decay.ts';

export const sgd: Optimizer<SgdSpecification> = {
  state: ({ momentum }) => (momentum > 0 ? ['momentum'] : []),
  schedule: ['learning_rate'],
  scheduleAt: (_specification, _t, learningRate) => [learningRate],
  update: (specification, { parameters, state: [velocity] }, gradient, [learningRate], decayed) => {
    const { momentum, nesterov, weight_decay: weightDecay } = specification;
    const g = withDecay(gradient, parameters, weightDecay, decayed);
    if (!velocity) return { parameters: subtract(parameters, multiply(g, learningRate!)), state: [] };
    const u = add(multiply(velocity, scalar(momentum)), g);
    const direction = nesterov ? add(g, multiply(u, scalar(momentum))) : u;
    return { parameters: subtract(parameters, multiply(direction, learningRate!)), state: [u] };
  },
};
