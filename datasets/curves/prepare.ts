/** A stored table of rows with vectors that are to be written step by step as examples to train on. The specification has passed `planTable`. */
import { targetScaling } from '../../engine/spec/targets.ts';
import type { CurveSpecification } from '../../engine/spec/tasks.ts';
import type { SequenceSource } from '../../engine/training/sequence-source.ts';
import type { WindowSource } from '../../engine/training/window-source.ts';
import { moments } from '../features/moments.ts';
import type { Preparing } from '../rows/contract.ts';
import { prepareInputs, readRows, splitRows } from '../rows/prepare-inputs.ts';
import { noTargets } from '../rows/row-source.ts';
import { sequenceRows } from '../rows/sequence-rows.ts';
import type { Value } from '../tables/cells.ts';
import { byPart, type PartName } from '../windows/windows.ts';
import type { FittedCurves, PreparedCurves } from './contract.ts';
import { meanCurve, scoreCurves } from './scores.ts';

function curveOf(value: Value): Float64Array {
  if (value instanceof Float64Array) return value;
  throw new Error('internal: expected a vector in a column that was checked');
}

export async function prepareCurves(o: Preparing<CurveSpecification, FittedCurves>): Promise<PreparedCurves> {
  const { data, training } = o.specification;
  const rows = await readRows(o.tablePath, o.specification);
  const split = splitRows(rows, data.split, training.seed);
  const { features, inputs, encoded, sourceOf } = await prepareInputs({ ...o, rows, split });
  /** [targets][rows], each of S numbers. */
  const curves = data.targets.map(({ column }) => rows.column(column).map(curveOf));
  const length = curves[0]![0]!.length;
  const ofPart = (k: number, part: PartName): Float64Array[] =>
    Array.from(split[part], (row) => curves[k]![row]!);
  const targets =
    o.fitted?.targets ??
    data.targets.map((target, k) => {
      const { column } = target;
      const all = moments(1, targetScaling(data, target));
      for (const curve of ofPart(k, 'training')) all.add(curve);
      const { mean, std } = all.scalers()[0]!;
      return { column, length, mean, std };
    });
  const part = (name: PartName): SequenceSource =>
    curvePairs(
      sourceOf(name, noTargets),
      targets.map(({ mean, std }, k) =>
        ofPart(k, name).map((curve) => Float32Array.from(curve, (value) => (value - mean) / std)),
      ),
      length,
    );
  return {
    leftOut: rows.leftOut,
    release: encoded.release,
    features,
    targets: [...targets],
    inputs,
    parts: byPart(part),
    writes: { type: 'numbers', size: targets.length },
    length,
    scoreTest: (predictions) =>
      scoreCurves({
        length,
        predictions,
        targets: targets.map(({ column, mean, std }, k) => ({
          column,
          mean,
          std,
          test: ofPart(k, 'test'),
          trainingMean: meanCurve(ofPart(k, 'training')),
        })),
      }),
  };
}

/** @param read - the rows of a part, without targets; @param scaled - [targets][rows] of the part, each of S numbers */
function curvePairs(
  read: WindowSource,
  scaled: readonly (readonly Float32Array[])[],
  length: number,
): SequenceSource {
  const O = scaled.length;
  // the first step goes on from 0, the middle of the scaled curves, as it does in the exported file
  return sequenceRows(read, {
    writtenSteps: length,
    write(example, y, n, N) {
      for (let k = 0; k < O; k++)
        for (let s = 0; s < length; s++) y[(s * N + n) * O + k] = scaled[k]![example]![s]!;
    },
  });
}
