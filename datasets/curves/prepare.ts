/** A stored table of rows with vectors that are to be written step by step as examples to train on. The specification has passed `planTable`. */
import { columnScaling } from '../../engine/spec/scaling.ts';
import { isTextTarget } from '../../engine/spec/targets.ts';
import type { CurveSpecification } from '../../engine/spec/tasks.ts';
import type { SequenceSource } from '../../engine/training/sequence-source.ts';
import type { WindowSource } from '../../engine/training/window-source.ts';
import { moments } from '../features/moments.ts';
import { prepareInputs, readRows, splitRows } from '../rows/prepare-inputs.ts';
import type { Value } from '../tables/cells.ts';
import type { PartName } from '../windows/windows.ts';
import type { FittedCurves, PreparedCurves } from './contract.ts';
import { meanCurve, scoreCurves } from './scores.ts';

function curveOf(value: Value): Float64Array {
  if (value instanceof Float64Array) return value;
  throw new Error('internal: expected a vector in a column that was checked');
}

export async function prepareCurves(o: {
  tablePath: string;
  specification: CurveSpecification;
  /** Of another training, instead of what is fitted on this table. */
  fitted?: FittedCurves;
  /** For files that are not needed afterwards. */
  workFolder?: string;
}): Promise<PreparedCurves> {
  const { specification } = o;
  const { data, training } = specification;
  const rows = await readRows(o.tablePath, specification);
  const split = splitRows(rows, data.split, training.seed);
  const { features, inputs, sourceOf } = await prepareInputs({
    specification,
    rows,
    split,
    workFolder: o.workFolder,
    ...(o.fitted && { fitted: o.fitted.features }),
  });
  /** [targets][rows], each of S numbers. */
  const curves = data.targets.map(({ column }) => rows.column(column).map(curveOf));
  const length = curves[0]![0]!.length;
  const ofPart = (k: number, part: PartName): Float64Array[] =>
    Array.from(split[part], (row) => curves[k]![row]!);
  const targets =
    o.fitted?.targets ??
    data.targets.map((target, k) => {
      const { column } = target;
      const all = moments(1, columnScaling(data, isTextTarget(target) ? {} : target));
      for (const curve of ofPart(k, 'training')) all.add(curve);
      const { mean, std } = all.scalers()[0]!;
      return { column, length, mean, std };
    });
  const part = (name: PartName): SequenceSource =>
    curvePairs(
      sourceOf(name, { values: new Float32Array(0), size: 0, weights: null }),
      targets.map(({ mean, std }, k) =>
        ofPart(k, name).map((curve) => Float32Array.from(curve, (value) => (value - mean) / std)),
      ),
      length,
    );
  return {
    features,
    targets: [...targets],
    inputs,
    parts: { training: part('training'), validation: part('validation'), test: part('test') },
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
  const nothing = new Float32Array(0);
  return {
    count: read.count,
    steps: read.steps,
    ...(read.lengths && { lengths: read.lengths }),
    writtenSteps: length,
    // the first step goes on from 0, the middle of the scaled curves, as it does in the exported file
    read(examples, { x, y }) {
      const N = examples.length;
      read.read(examples, x, nothing);
      examples.forEach((example, n) => {
        for (let k = 0; k < O; k++)
          for (let s = 0; s < length; s++) y[(s * N + n) * O + k] = scaled[k]![example]![s]!;
      });
    },
  };
}
