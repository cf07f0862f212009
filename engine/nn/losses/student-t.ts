import { add, divide, log, multiply, scalar, softplus, sqrt, subtract } from '../../graph/ops.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { blocks } from './blocks.ts';
import { smallestDeviation } from './gaussian.ts';
import type { Loss } from './loss.ts';

/** Below 2 there is no variance; so near to it the deviation is 14 scales. */
const fewestDegreesOfFreedom = 2.01;

export interface StudentT {
  readonly location: Tensor;
  readonly scale: Tensor;
  readonly degreesOfFreedom: Tensor;
}

/** @param head - [..,3·O]: O locations, then what becomes O scales and O degrees of freedom by softplus */
export function studentTOf(head: Tensor): StudentT {
  const [location, width, freedom] = blocks(head, 3);
  return {
    location: location!,
    scale: add(softplus(width!), scalar(smallestDeviation)),
    degreesOfFreedom: add(softplus(freedom!), scalar(fewestDegreesOfFreedom)),
  };
}

/** σ = s · √(ν / (ν − 2)). */
export const studentTDeviation = ({ scale, degreesOfFreedom }: StudentT): Tensor =>
  multiply(scale, sqrt(divide(degreesOfFreedom, subtract(degreesOfFreedom, scalar(2)))));

/** Steps by which the argument of the gamma functions is moved up to where their series is exact. */
const shift = 4;

/**
 * log(Γ(z + 1/2) / Γ(z)) for z ≥ 1, right to 8e-10: ONNX has no logarithm of the gamma function, and the difference of two would
 * lose its digits. By Γ(z + 1) = z·Γ(z) the ratio at z is that at w = z + 4 times the product of (z + k) / (z + k + 1/2), and there
 * it has the series log(w)/2 − 1/(8w) + 1/(192w³) − 1/(640w⁵) + 17/(14336w⁷) (Tricomi & Erdélyi 1951).
 */
function logGammaRatio(z: Tensor): Tensor {
  const factors = Array.from({ length: shift }, (_, k) => divide(add(z, scalar(k)), add(z, scalar(k + 0.5))));
  const w = add(z, scalar(shift));
  const inverse = divide(scalar(1), w);
  const square = multiply(inverse, inverse);
  const series = [-1 / 640, 1 / 192, -1 / 8].reduce<Tensor>(
    (sum, coefficient) => add(multiply(sum, square), scalar(coefficient)),
    scalar(17 / 14336),
  );
  return add(log(factors.reduce(multiply)), add(multiply(log(w), scalar(0.5)), multiply(series, inverse)));
}

/**
 * Negative log-likelihood of Student's distribution with ν degrees of freedom, location μ and scale s; with z = (y − μ) / s:
 * log s + log(πν)/2 − log(Γ((ν+1)/2) / Γ(ν/2)) + (ν+1)/2 · log(1 + z²/ν).
 */
export const studentT: Loss = {
  targetSize: (outputSize) => outputSize / 3,
  elements: (prediction, target) => {
    const { location, scale, degreesOfFreedom } = studentTOf(prediction);
    const z = divide(subtract(target, location), scale);
    const half = multiply(degreesOfFreedom, scalar(0.5));
    const norm = subtract(
      add(log(scale), multiply(log(multiply(degreesOfFreedom, scalar(Math.PI))), scalar(0.5))),
      logGammaRatio(half),
    );
    const tail = log(add(scalar(1), divide(multiply(z, z), degreesOfFreedom)));
    return add(norm, multiply(add(half, scalar(0.5)), tail));
  },
};
