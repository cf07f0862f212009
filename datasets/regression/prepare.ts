/** A stored table of rows with numbers to be told of each as examples to train on. The specification has passed `planTable`. */
import type { RegressionSpecification } from '../../engine/spec/tasks.ts';
import { targetScaling } from '../../engine/spec/targets.ts';
import { fitScaler, scaledNumber } from '../features/scaler.ts';
import { unscale } from '../features/window-scaling.ts';
import type { Preparing } from '../rows/contract.ts';
import { prepareInputs, readRows, splitRows } from '../rows/prepare-inputs.ts';
import { byPart } from '../windows/windows.ts';
import type { FittedRegression, PreparedRegression } from './contract.ts';
import { scoreRegression } from './scores.ts';

export async function prepareRegression(
  o: Preparing<RegressionSpecification, FittedRegression>,
): Promise<PreparedRegression> {
  const { data, training } = o.specification;
  const rows = await readRows(o.tablePath, o.specification);
  const split = splitRows(rows, data.split, training.seed);
  const { features, inputs, encoded, sourceOf } = await prepareInputs({ ...o, rows, split });
  const columns = data.targets.map((target) => ({
    column: target.column,
    values: Float64Array.from(rows.cells(target.column), Number),
    type: targetScaling(data, target),
  }));
  const valuesOf = (values: Float64Array, part: Uint32Array) =>
    Float64Array.from(part, (row) => values[row]!);
  const targets =
    o.fitted?.targets ??
    columns.map(({ column, values, type }) => {
      const own = valuesOf(values, split.training);
      return {
        column,
        ...fitScaler(type, own, [[0, own.length]]),
        ...(type === 'log' && { log: true as const }),
      };
    });
  const K = columns.length;
  const scaling = {
    mean: targets.map(({ mean }) => mean),
    std: targets.map(({ std }) => std),
    log: targets.map(({ log }) => log === true),
  };
  const scaled = new Float32Array(rows.count * K);
  columns.forEach(({ values }, k) => {
    values.forEach((value, row) => {
      scaled[row * K + k] = scaledNumber(scaling, k, value);
    });
  });
  const own = { values: scaled, size: K, weights: null };
  return {
    leftOut: rows.leftOut,
    release: encoded.release,
    parts: byPart((part) => sourceOf(part, own)),
    features,
    inputs,
    targets: [...targets],
    scoreTest: (predictions) =>
      scoreRegression({
        predictions: Float64Array.from(predictions, (value, at) => {
          const { mean, std } = targets[at % K]!;
          return unscale(scaling, at % K, value, mean, std);
        }),
        targets: columns.map(({ column, values }) => ({
          column,
          test: valuesOf(values, split.test),
          trainingMean: meanOf(valuesOf(values, split.training)),
        })),
      }),
  };
}

const meanOf = (numbers: Float64Array): number => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
