/** How the numbers of a network become those of a row's targets, in their own units. */
import type { RegressionCard } from '../../domain/models/regression-card.ts';

export const targetScaling = (targets: RegressionCard['features']['targets']) => ({
  mean: targets.map(({ mean }) => mean),
  std: targets.map(({ std }) => std),
  log: targets.map(({ log }) => log === true),
});
