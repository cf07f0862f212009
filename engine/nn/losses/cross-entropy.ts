/**
 * Cross entropy of a class: −log of the probability that the network gives to the right one.
 *
 * With label smoothing ε (Szegedy et al. 2016) the right one of C classes is wanted with probability 1 − ε + ε/C and every other
 * with ε/C, as in PyTorch. Weights of classes come as weights of targets, so that the mean is Σ w·l / Σ w, as PyTorch's; with both, the
 * smoothed part counts with the weight of the target's own class, where PyTorch takes that of every class for its term.
 */
import { add, logSoftmax, multiply, negate, oneHot, reduceSum, reshape, scalar } from '../../graph/ops.ts';
import type { Loss } from './loss.ts';

export const crossEntropy = ({ label_smoothing: smoothing }: { readonly label_smoothing: number }): Loss => ({
  targetSize: () => 1,
  elements: (prediction, target) => {
    const [S, N, C] = prediction.shape as [string, string, number];
    const right = oneHot(reshape(target, [S, N]), 2, C);
    const wanted =
      smoothing === 0 ? right : add(multiply(right, scalar(1 - smoothing)), scalar(smoothing / C));
    const loss = negate(reduceSum(multiply(wanted, logSoftmax(prediction, 2)), [2]));
    return reshape(loss, [S, N, 1]);
  },
});
