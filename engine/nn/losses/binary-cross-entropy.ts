import { add, constant, multiply, negate, scalar, softplus, subtract } from '../../graph/ops.ts';
import { pointLoss, type Loss } from './loss.ts';

/**
 * Binary cross entropy of each label by itself, from logits z: −w·y·log σ(z) − (1 − y)·log(1 − σ(z)), as softplus(z) − z·y + … so that nothing overflows; w is the
 * positive weight of the label (PyTorch's BCEWithLogitsLoss with `pos_weight`): l = (1 − y)·z + (1 + (w − 1)·y)·softplus(−z).
 */
export const binaryCrossEntropy = ({
  positive_weights: positive,
}: {
  readonly positive_weights: readonly number[] | null;
}): Loss =>
  pointLoss((logits, target) => {
    const negatives = multiply(subtract(scalar(1), target), logits);
    const tail = softplus(negate(logits));
    if (positive === null) return add(negatives, tail);
    const extra = constant(
      positive.map((weight) => weight - 1),
      [positive.length],
    );
    return add(negatives, multiply(add(scalar(1), multiply(target, extra)), tail));
  });
