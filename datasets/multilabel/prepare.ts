/** A stored table of rows with several labels each as examples to train on. The specification has passed `planTable`. */
import type { MultilabelSpecification } from '../../engine/spec/tasks.ts';
import type { Preparing, ReadRows } from '../rows/contract.ts';
import { prepareInputs, readRows, splitRows } from '../rows/prepare-inputs.ts';
import { byPart } from '../windows/windows.ts';
import type { FittedMultilabel, PreparedMultilabel } from './contract.ts';
import { labelsOfColumns, labelsOfTexts, type LabelledRows } from './read-labels.ts';
import { scoreMultilabel } from './scores.ts';

export async function prepareMultilabel(
  o: Preparing<MultilabelSpecification, FittedMultilabel>,
): Promise<PreparedMultilabel> {
  const { data, output, training } = o.specification;
  const rows = await readRows(o.tablePath, o.specification);
  const { labels, has } = readLabels(rows, o.specification, o.fitted?.labels);
  const L = labels.length;
  const split = splitRows(rows, data.split, training.seed);
  const { features, inputs, encoded, sourceOf } = await prepareInputs({ ...o, rows, split });
  const shares = labels.map(
    (_, label) => split.training.reduce((sum, row) => sum + has[row * L + label]!, 0) / split.training.length,
  );
  const targets = { values: has, size: L, weights: null };
  return {
    leftOut: rows.leftOut,
    release: encoded.release,
    parts: byPart((part) => sourceOf(part, targets)),
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
