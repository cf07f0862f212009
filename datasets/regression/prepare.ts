/** A stored table of rows with numbers to be told of each as examples to train on. The specification has passed `planTable`. */
import type { RegressionSpecification } from '../../engine/spec/tasks.ts';
import { columnScaling } from '../../engine/spec/scaling.ts';
import { isTextTarget } from '../../engine/spec/targets.ts';
import { fitScaler } from '../features/scaler.ts';
import { prepareInputs, readRows, splitRows } from '../rows/prepare-inputs.ts';
import type { PreparedRegression } from './contract.ts';
import { scoreRegression } from './scores.ts';

export async function prepareRegression(o: {
  tablePath: string;
  specification: RegressionSpecification;
  /** Of another training, instead of what is fitted on this table. */
  fitted?: Pick<PreparedRegression, 'features' | 'targets'>;
  /** For files that are not needed afterwards. */
  workFolder?: string;
}): Promise<PreparedRegression> {
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
  const columns = data.targets.map((target) => ({
    column: target.column,
    values: Float64Array.from(rows.cells(target.column), Number),
    type: columnScaling(data, isTextTarget(target) ? {} : target),
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
  const scaled = new Float32Array(rows.count * K);
  columns.forEach(({ values }, k) => {
    const { mean, std, log } = targets[k]!;
    values.forEach((value, row) => {
      scaled[row * K + k] = ((log === true ? Math.log1p(value) : value) - mean) / std;
    });
  });
  const own = { values: scaled, size: K, weights: null };
  return {
    parts: {
      training: sourceOf('training', own),
      validation: sourceOf('validation', own),
      test: sourceOf('test', own),
    },
    features,
    inputs,
    targets: [...targets],
    scoreTest: (predictions) =>
      scoreRegression({
        predictions: Float64Array.from(predictions, (value, at) => {
          const { mean, std, log } = targets[at % K]!;
          return log === true ? Math.expm1(value * std + mean) : value * std + mean;
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
