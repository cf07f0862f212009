/** A stored table of rows with numbers to be told of each as examples to train on. The specification has passed `planTable`. */
import type { RegressionSpecification } from '../../engine/spec/tasks.ts';
import { scalingOf } from '../../engine/spec/scaling.ts';
import { fitStandardScaler, identityScaler } from '../features/scaler.ts';
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
  const columns = data.targets.map(({ column }) => ({
    column,
    values: Float64Array.from(rows.cells(column), Number),
  }));
  const valuesOf = (values: Float64Array, part: Uint32Array) =>
    Float64Array.from(part, (row) => values[row]!);
  const fitted = columns.map(({ column, values }) => {
    const own = valuesOf(values, split.training);
    return { column, ...fitStandardScaler(own, [[0, own.length]]) };
  });
  const targets =
    o.fitted?.targets ??
    fitted.map((one) => (scalingOf(data.scaling).type === 'none' ? { ...one, ...identityScaler } : one));
  const K = columns.length;
  const scaled = new Float32Array(rows.count * K);
  columns.forEach(({ values }, k) => {
    const { mean, std } = targets[k]!;
    values.forEach((value, row) => {
      scaled[row * K + k] = (value - mean) / std;
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
          const { mean, std } = targets[at % K]!;
          return value * std + mean;
        }),
        targets: columns.map(({ column, values }, k) => ({
          column,
          test: valuesOf(values, split.test),
          trainingMean: fitted[k]!.mean,
        })),
      }),
  };
}
