/** Which windows a part of the series has. */
import { targetStepCount } from '../../engine/spec/loss-steps.ts';
import type { ForecastSpecification } from '../../engine/spec/tasks.ts';
import type { SeriesParts } from '../windows/split.ts';
import { windowStarts, type PartName } from '../windows/windows.ts';
import { windowOf } from './plan.ts';
import type { SeriesRows } from './series-rows.ts';

interface PartedSeries {
  readonly start: number;
  readonly parts: SeriesParts;
}

/**
 * The rows at which the windows of a part start, series after series, without those that what is missing leaves out. In stateful training states go on through
 * what is missing, and no window is left out; but a series is in none of whose windows a target is known.
 */
export function partStarts(
  part: PartName,
  series: readonly PartedSeries[],
  o: {
    readonly specification: ForecastSpecification;
    readonly read: Pick<SeriesRows, 'leftOut' | 'hasTarget'>;
  },
): Uint32Array {
  const { read, specification } = o;
  const { architecture, data, training } = specification;
  const window = windowOf(data);
  const { length, horizon } = window;
  const targetSteps =
    part === 'training' ? targetStepCount(architecture, training.loss_steps, data.window.length) : 1;
  if (part !== 'training' || !training.stateful)
    return windowStarts(part, series, window, read.leftOut({ horizon, targetSteps }));
  const teaches = (start: number): boolean =>
    read.hasTarget(start + length - targetSteps + 1, start + length + horizon);
  return windowStarts(
    part,
    series.filter((one) => windowStarts(part, [one], window).some(teaches)),
    window,
  );
}
