/** A stored table of rows with vectors that are to be written step by step as examples to train on. The specification has passed `planTable`. */
import { targetScaling } from '../../engine/spec/targets.ts';
import type { CurveSpecification } from '../../engine/spec/tasks.ts';
import type { SequenceSource } from '../../engine/training/sequence-source.ts';
import type { WindowSource } from '../../engine/training/window-source.ts';
import { moments } from '../features/moments.ts';
import { valuesOf } from '../rows/column-values.ts';
import type { Preparing } from '../rows/contract.ts';
import { keepingBeside, numbersWriter, type Keeping, type KeptNumbers } from '../rows/kept-numbers.ts';
import { prepareInputs, readRows, splitRows } from '../rows/prepare-inputs.ts';
import { noTargets } from '../rows/row-source.ts';
import { sequenceRows } from '../rows/sequence-rows.ts';
import type { Value } from '../tables/cells.ts';
import { withTable, type Table } from '../tables/table.ts';
import { byPart } from '../windows/windows.ts';
import type { FittedCurves, PreparedCurves } from './contract.ts';
import { scoreCurves } from './scores.ts';

function curveOf(value: Value): Float64Array {
  if (value instanceof Float64Array) return value;
  throw new Error('internal: expected a vector in a column that was checked');
}

type Asked = Preparing<CurveSpecification, FittedCurves>;
type Targets = FittedCurves['targets'];

export async function prepareCurves(o: Asked): Promise<PreparedCurves> {
  const { data, training } = o.specification;
  const rows = await readRows(o.tablePath, o.specification, []);
  const split = splitRows(rows, data.split, training.seed);
  const { features, inputs, encoded, sourceOf } = await prepareInputs({ ...o, rows, split });
  const withRows = <Result>(use: (table: Table) => Promise<Result>): Promise<Result> =>
    withTable(o.tablePath, use, { complete: rows.complete });
  const { targets, kept } = await withRows(async (table) => {
    const fitted = o.fitted?.targets ?? (await fitTargets(table, data, split.training));
    return { targets: fitted, kept: await keepCurves(table, fitted, o.keeping) };
  });
  const length = kept.lengthOf(0) / targets.length;
  return {
    leftOut: rows.leftOut,
    release: () => {
      encoded.release();
      kept.release();
    },
    features,
    targets: [...targets],
    inputs,
    parts: byPart((part) => curvePairs(sourceOf(part, noTargets), split[part], kept, targets.length)),
    writes: { type: 'numbers', size: targets.length },
    length,
    scoreTest: (predictions) =>
      withRows((table) =>
        scoreCurves({
          length,
          predictions,
          targets,
          testRows: split.test.length,
          trainingRows: split.training.length,
          curves: (column, part) => curvesOf(table, column, split[part]),
        }),
      ),
  };
}

async function* curvesOf(table: Table, column: string, rows: Uint32Array): AsyncIterable<Float64Array> {
  for await (const value of valuesOf(table, column, rows)) yield curveOf(value);
}

async function fitTargets(
  table: Table,
  data: CurveSpecification['data'],
  training: Uint32Array,
): Promise<Targets> {
  const targets: Targets[number][] = [];
  for (const target of data.targets) {
    const { column } = target;
    const all = moments(1, targetScaling(data, target));
    let length = 0;
    for await (const curve of curvesOf(table, column, training)) {
      all.add(curve);
      length = curve.length;
    }
    const { mean, std } = all.scalers()[0]!;
    targets.push({ column, length, mean, std });
  }
  return targets;
}

/** The scaled curves of each row, [targets, S]. */
async function keepCurves(
  table: Table,
  targets: Targets,
  keeping: Keeping | undefined,
): Promise<KeptNumbers> {
  const writer = numbersWriter(keepingBeside(keeping, 'targets'));
  for await (const columns of table.chunks(targets.map(({ column }) => column)))
    for (let row = 0; row < columns[0]!.length; row++) {
      const curves = columns.map((column) => curveOf(column[row]!));
      const S = curves[0]!.length;
      const { values } = writer.next(targets.length * S);
      curves.forEach((curve, k) => {
        const { mean, std } = targets[k]!;
        for (let s = 0; s < S; s++) values[k * S + s] = (curve[s]! - mean) / std;
      });
    }
  return writer.finish();
}

/** @param read - the rows of a part, without targets; @param own - their numbers in the table; @param kept - of each row of the table its scaled curves, [O, S] */
function curvePairs(read: WindowSource, own: Uint32Array, kept: KeptNumbers, O: number): SequenceSource {
  const length = kept.lengthOf(0) / O;
  // the first step goes on from 0, the middle of the scaled curves, as it does in the exported file
  return sequenceRows(read, {
    writtenSteps: length,
    write(example, y, n, N) {
      const { values } = kept.read(own[example]!);
      for (let k = 0; k < O; k++)
        for (let s = 0; s < length; s++) y[(s * N + n) * O + k] = values[k * length + s]!;
    },
  });
}
