/** The network's quantiles and distributions in raw units → what is told of each forecast row. */
import type { Results } from '../../sessions/messages.ts';
import { floats } from '../../sessions/outputs.ts';
import type { TargetDistribution } from './schemas.ts';
import { shortestFloat32 } from './shortest-float32.ts';

const closeEnough = 1e-9;

/** Pairs of levels as far from 0.5 on either side, the widest first. */
function intervalsOf(levels: readonly number[]): readonly (readonly [lower: number, upper: number])[] {
  return levels.flatMap((level, lower) => {
    const upper = levels.findIndex((other) => Math.abs(other + level - 1) < closeEnough);
    return upper > lower ? [[lower, upper] as const] : [];
  });
}

/** 0.8, not 0.8000000000000000444. */
const tidy = (share: number): number => Number(share.toFixed(9));

/**
 * @param results - `quantiles` [..,horizon,targets,Q]; `std` and `degrees_of_freedom` [..,horizon,targets], where the model has them
 * @param place - of a number among those of shape [..,horizon,targets]
 * @param input - of the request, for what is not finite
 */
export function presentDistribution(
  results: Results,
  levels: readonly number[],
  place: number,
  input: number,
): TargetDistribution {
  const Q = levels.length;
  const quantiles = floats(results, 'quantiles');
  const values = levels.map((_, level) => shortestFloat32(quantiles.data[place * Q + level]!, input));
  const std = results.std && floats(results, 'std');
  const freedom = results.degrees_of_freedom && floats(results, 'degrees_of_freedom');
  return {
    quantiles: Object.fromEntries(levels.map((level, index) => [String(level), values[index]!])),
    intervals: intervalsOf(levels).map(([lower, upper]) => ({
      level: tidy(levels[upper]! - levels[lower]!),
      lower: values[lower]!,
      upper: values[upper]!,
    })),
    ...(std && { std: shortestFloat32(std.data[place]!, input) }),
    ...(freedom && { degrees_of_freedom: shortestFloat32(freedom.data[place]!, input) }),
  };
}
