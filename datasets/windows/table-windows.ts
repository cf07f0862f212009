/**
 * Windows of kept rows, cut and scaled when a batch is read: nothing of them is stored. A window that starts at row s reads rows [s, s + length), of which the
 * last `steps` are its input; with S target steps the last S of these have the rows after them as target.
 */
import type { WindowSource } from '../../engine/training/window-source.ts';
import { isLogarithmic, type FittedScaling } from '../../engine/spec/scaling.ts';
import type { CategoryInput } from '../../engine/spec/row-inputs.ts';
import { channelCount, readChannel, type WindowFrame } from '../features/window-frame.ts';
import { windowFigures, type WindowFigures } from '../features/window-scaling.ts';
import type { RowStore } from './row-store.ts';

export interface WindowTable {
  readonly store: Pick<RowStore, 'read'>;
  readonly frame: WindowFrame;
  /** Of the frame's ids, in their order. */
  readonly categories: readonly CategoryInput[];
  /** Of the scaled channels. */
  readonly inputScaling: FittedScaling;
  /** Of the target columns. */
  readonly outputScaling: FittedScaling;
  /** Places of the target columns in a row. */
  readonly targets: readonly number[];
  /** Number of the series, among those of the scaling, that a row belongs to; −1 for others. */
  readonly seriesAt: (row: number) => number;
}

export interface TableWindows extends WindowSource {
  /** What the targets of a window are scaled by. */
  readonly figuresOf: (window: number) => WindowFigures;
}

export interface WindowShape {
  /** The row at which each window starts. */
  readonly starts: Uint32Array;
  readonly steps: number;
  readonly horizon: number;
  readonly targetSteps: number;
  /** How much the row counts as a target whose numbers are known, where they are weighted; all the same if absent. */
  readonly weight?: { readonly place: number; readonly largest: number };
  /** Whether targets have weights, 0 where one is missing. All parts of one data set have them or none. */
  readonly weighted: boolean;
  /** Windows that begin a series, where every other begins where the one before it ends. */
  readonly seriesStarts?: readonly number[];
  /** Of windows that may reach beyond the end of their series. */
  readonly within?: {
    /** The row after the last of the series that a row belongs to; what is beyond it has no target. */
    readonly endOf: (row: number) => number;
    /** The outputs that have a target, in rising order: window · steps + step. */
    readonly places: Uint32Array;
  };
}

const figuresFor = (columns: number): WindowFigures => ({
  mean: new Float64Array(columns),
  std: new Float64Array(columns),
});

export function tableWindows(table: WindowTable, o: WindowShape): TableWindows {
  const { store, frame, categories, inputScaling, outputScaling, targets, seriesAt } = table;
  const { starts, steps, horizon, targetSteps, weight, weighted, seriesStarts, within } = o;
  const { width, reach, scaled, unscaled, ahead, ids } = frame;
  const inputSize = channelCount(frame, horizon, categories);
  const behind = scaled.length + ahead.length * horizon;
  const outputSize = horizon * targets.length;
  /** Where the last known value of those that are known ahead stands. */
  const knownPlaces = ahead.map((channel) => frame.knownPlaceOf(scaled[channel]!.name));
  const length = reach + steps;
  const rows = new Float64Array((length + horizon) * width);
  const channels = scaled.map(() => new Float64Array(steps));
  const plain = new Float64Array(steps);
  const inputFigures = figuresFor(scaled.length);
  const outputFigures = figuresFor(targets.length);
  const inputLog = scaled.map((_, index) => isLogarithmic(inputScaling, index));
  const outputLog = targets.map((_, index) => isLogarithmic(outputScaling, index));

  /** Brings a window's rows, channels and figures here. */
  function look(window: number, withTargets: boolean): void {
    const start = starts[window]!;
    const wanted = length + (withTargets ? horizon : 0);
    const there = within === undefined ? wanted : Math.min(wanted, within.endOf(start) - start);
    store.read(start, start + there, rows);
    // no target tells of what is not there, and no state goes on from it: any row will do
    for (let row = there; row < wanted; row++)
      rows.copyWithin(row * width, (there - 1) * width, there * width);
    scaled.forEach((channel, index) => {
      readChannel(frame, channel, rows, [reach, length], channels[index]!);
    });
    const from = { series: seriesAt(start), inputs: channels };
    windowFigures(inputScaling, from, inputFigures);
    windowFigures(outputScaling, from, outputFigures);
  }

  function writeInputs(n: number, batch: number, x: Float32Array): void {
    const stride = batch * inputSize;
    for (let index = 0; index < scaled.length; index++) {
      const numbers = channels[index]!;
      const [mean, std] = [inputFigures.mean[index]!, inputFigures.std[index]!];
      const log = inputLog[index]!;
      for (let t = 0, at = n * inputSize + index; t < steps; t++, at += stride)
        x[at] = ((log ? Math.log1p(numbers[t]!) : numbers[t]!) - mean) / std;
    }
    for (let index = 0; index < ahead.length; index++) {
      const channel = ahead[index]!;
      const place = knownPlaces[index]!;
      const [mean, std] = [inputFigures.mean[channel]!, inputFigures.std[channel]!];
      for (let h = 0; h < horizon; h++) {
        const value = rows[(length + h) * width + place]!;
        const number = ((inputLog[channel]! ? Math.log1p(value) : value) - mean) / std;
        const first = n * inputSize + scaled.length + h * ahead.length + index;
        for (let t = 0, at = first; t < steps; t++, at += stride) x[at] = number;
      }
    }
    for (let index = 0; index < unscaled.length; index++) {
      readChannel(frame, unscaled[index]!, rows, [reach, length], plain);
      for (let t = 0, at = n * inputSize + behind + index; t < steps; t++, at += stride) x[at] = plain[t]!;
    }
  }

  /** One number for each category, then the ids that are looked up. */
  function writeCategories(n: number, batch: number, x: Float32Array): void {
    if (categories.length === 0) return;
    const embeddings = categories.filter(({ kind }) => kind === 'embedding').length;
    let oneHot = behind + unscaled.length;
    let id = inputSize - embeddings;
    categories.forEach((category, index) => {
      const size = category.kind === 'one_hot' ? category.categories : 0;
      const to = category.kind === 'one_hot' ? oneHot : id++;
      for (let t = 0; t < steps; t++) {
        const value = rows[(reach + t) * width + ids[index]!.place]!;
        const at = (t * batch + n) * inputSize + to;
        if (size === 0) x[at] = value;
        else {
          x.fill(0, at, at + size);
          x[at + value] = 1;
        }
      }
      oneHot += size;
    });
  }

  const judged = within && new Uint8Array(starts.length * targetSteps);
  for (const place of within?.places ?? []) judged![place] = 1;

  function writeTargets(
    [window, n]: readonly [window: number, n: number],
    batch: number,
    y: Float32Array,
    weights: Float32Array | undefined,
  ): void {
    for (let s = 0; s < targetSteps; s++) {
      const counts = judged === undefined || judged[window * targetSteps + s] === 1;
      const first = length - targetSteps + s + 1;
      const at = (s * batch + n) * horizon;
      for (let h = 0; h < horizon; h++) {
        const row = (first + h) * width;
        let isKnown = true;
        for (let k = 0; k < targets.length; k++) {
          const value = rows[row + targets[k]!]!;
          const number =
            ((outputLog[k]! ? Math.log1p(value) : value) - outputFigures.mean[k]!) / outputFigures.std[k]!;
          isKnown &&= !Number.isNaN(number);
          y[(at + h) * targets.length + k] = Number.isNaN(number) ? 0 : number;
        }
        if (!weighted || weights === undefined) continue;
        weights[at + h] =
          !isKnown || !counts ? 0 : weight === undefined ? 1 : rows[row + weight.place]! / weight.largest;
      }
    }
  }

  return {
    count: starts.length,
    steps,
    inputSize,
    targetSteps,
    outputSize,
    ...(weighted && { weightsPerOutput: horizon }),
    ...(seriesStarts && { seriesStarts }),
    read(windows, x, y, weights) {
      for (let n = 0; n < windows.length; n++) {
        look(windows[n]!, true);
        writeInputs(n, windows.length, x);
        writeCategories(n, windows.length, x);
        writeTargets([windows[n]!, n], windows.length, y, weights);
      }
    },
    figuresOf(window) {
      look(window, false);
      return { mean: outputFigures.mean.slice(), std: outputFigures.std.slice() };
    },
  };
}
