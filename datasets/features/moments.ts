/** Means and deviations of features that come step by step, added up in one pass (Welford 1962). */
import type { ScalingType } from '../../engine/spec/scaling.ts';
import { identityScaler, type Scaler } from './scaler.ts';

export interface Moments {
  /** @param steps - [T,features] */
  add(steps: ArrayLike<number>): void;
  /** [features]; of a constant feature the deviation is 1. */
  scalers(): Scaler[];
}

/** @param scaling - none: numbers are left as they are */
export function moments(features: number, scaling: ScalingType): Moments {
  const mean = new Float64Array(features);
  const squares = new Float64Array(features);
  let count = 0;
  return {
    add(steps) {
      for (let at = 0; at < steps.length; at += features) {
        count += 1;
        for (let f = 0; f < features; f++) {
          const away = steps[at + f]! - mean[f]!;
          mean[f]! += away / count;
          squares[f]! += away * (steps[at + f]! - mean[f]!);
        }
      }
    },
    scalers: () =>
      Array.from(mean, (value, f) => {
        if (scaling === 'none' || count === 0) return identityScaler;
        const std = Math.sqrt(squares[f]! / count);
        return { mean: value, std: std > 1e-6 * Math.abs(value) && std > 0 ? std : 1 };
      }),
  };
}
