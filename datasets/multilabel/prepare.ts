/** A stored table of rows with several labels each as examples to train on. The specification has passed `planTable`. */
import type { MultilabelSpecification } from '../../engine/spec/tasks.ts';
import type { ReadRows } from '../rows/contract.ts';
import { prepareInputs, readRows, splitRows } from '../rows/prepare-inputs.ts';
import type { PreparedMultilabel } from './contract.ts';
import { labelsOfColumns, labelsOfTexts, type LabelledRows } from './read-labels.ts';
import { scoreMultilabel } from './scores.ts';

export async function prepareMultilabel(o: {
  tablePath: string;
  specification: MultilabelSpecification;
  /** Of another training, instead of features and labels taken from this table. */
  fitted?: Pick<PreparedMultilabel, 'features' | 'labels'>;
  /** For files that are not needed afterwards. */
  workFolder?: string;
}): Promise<PreparedMultilabel> {
  const { specification } = o;
  const { data, output, training } = specification;
  const rows = await readRows(o.tablePath, specification);
  const { labels, has } = readLabels(rows, specification, o.fitted?.labels);
  const L = labels.length;
  const split = splitRows(rows, data.split, training.seed);
  const { features, inputs, sourceOf } = await prepareInputs({
    specification,
    rows,
    split,
    workFolder: o.workFolder,
    ...(o.fitted && { fitted: o.fitted.features }),
  });
  const shares = labels.map(
    (_, label) => split.training.reduce((sum, row) => sum + has[row * L + label]!, 0) / split.training.length,
  );
  const targets = { values: has, size: L, weights: null };
  return {
    parts: {
      training: sourceOf('training', targets),
      validation: sourceOf('validation', targets),
      test: sourceOf('test', targets),
    },
    features,
    inputs,
    labels,
    positiveWeights: positiveWeights(output.positive_weights, labels, shares),
    scoreTest: (logits) =>
      scoreMultilabel({
        logits,
        labels,
        has: Float32Array.from({ length: split.test.length * L }, (_, at) => {
          const row = split.test[Math.floor(at / L)]!;
          return has[row * L + (at % L)]!;
        }),
        trainingShares: shares,
      }),
  };
}

function readLabels(
  rows: ReadRows,
  { data, output }: MultilabelSpecification,
  known: readonly string[] | undefined,
): LabelledRows {
  const names = data.targets.map(({ column }) => column);
  const columns = names.map(rows.cells);
  const isText = names.length === 1 && columns[0]!.some((cell) => typeof cell === 'string');
  return isText ? labelsOfTexts(columns[0]!, output.separator, known) : labelsOfColumns(names, columns);
}

/** `balanced`: rows without / rows with, of the training part; a label that none has, or all, counts as any. */
function positiveWeights(
  asked: MultilabelSpecification['output']['positive_weights'],
  labels: readonly string[],
  shares: readonly number[],
): readonly number[] | null {
  if (asked === undefined) return null;
  if (asked === 'balanced')
    return shares.map((share) => (share === 0 || share === 1 ? 1 : (1 - share) / share));
  return labels.map((label) => asked[label] ?? 1);
}
