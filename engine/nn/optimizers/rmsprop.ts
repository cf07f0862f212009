/** RMSprop (Tieleman & Hinton 2012):  g = g + λ p;   v = ρ v + (1 − ρ) g²;   p = p − α g / (√v + ε). */
import { add, divide, multiply, scalar, sqrt, subtract } from '../../graph/ops.ts';
import type { RmspropSpecification } from '../../spec/optimizers.ts';
import type { Optimizer } from './optimizer.ts';
import { withDecay } from './with-decay.ts';

export const rmsprop: Optimizer<RmspropSpecification> = {
  state: () => ['square_average'],
  schedule: ['learning_rate'],
  scheduleAt: (_specification, _t, learningRate) => [learningRate],
  update: (specification, { parameters, state: [average] }, gradient, [learningRate], decayed) => {
    const { alpha, epsilon, weight_decay: weightDecay } = specification;
    const g = withDecay(gradient, parameters, weightDecay, decayed);
    const v = add(multiply(average!, scalar(alpha)), multiply(multiply(g, g), scalar(1 - alpha)));
    const step = divide(multiply(g, learningRate!), add(sqrt(v), scalar(epsilon)));
    return { parameters: subtract(parameters, step), state: [v] };
  },
};
