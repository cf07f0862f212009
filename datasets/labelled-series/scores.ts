/** Scores of series with labels, or of the labels of their rows, beside baselines on the same rows. Definitions: docs/metrics.md. */
import type { LabelledSeriesCard } from '../../domain/models/labelled-series-card.ts';
import type { Label } from '../classification/contract.ts';
import { scoreLabels } from '../classification/scores.ts';
import type { PartName } from '../windows/windows.ts';
import type { Example } from './examples.ts';
import { judgedRows, type LabelledRows } from './series-source.ts';

/**
 * @param o - logits [test examples, S, C], S being 1 or the steps of the longest example; category: of each row of the table, by number, for the baseline that tells the label that is
 *   most frequent beside it in training
 */
export function scoreSeries(o: {
  readonly logits: Float32Array;
  readonly labels: readonly Label[];
  readonly rows: LabelledRows;
  readonly examples: Readonly<Record<PartName, readonly Example[]>>;
  readonly trainingCounts: readonly number[];
  readonly category: Uint32Array | null;
}): LabelledSeriesCard['held_out'] {
  const { labels, rows, examples, trainingCounts } = o;
  const C = labels.length;
  const S = rows.everyRow ? rows.steps : 1;
  if (o.logits.length !== examples.test.length * S * C)
    throw new Error(`internal: expected ${examples.test.length * S * C} logits, got ${o.logits.length}`);
  const judged = examples.test.map((example) => judgedRows(example, rows));
  const all = judged.flat();
  const logits = new Float32Array(all.length * C);
  let [at, allRight] = [0, 0];
  examples.test.forEach((example, number) => {
    const first = at;
    for (const row of judged[number]!) {
      const from = (number * S + row - example.start) * C;
      logits.set(o.logits.subarray(from, from + C), at++ * C);
    }
    const isRight = (index: number) =>
      likeliest(logits.subarray(index * C, (index + 1) * C)) === rows.labels[all[index]!];
    if (Array.from({ length: at - first }, (_, index) => first + index).every(isRight)) allRight += 1;
  });
  const { model, baselines, by_label, confusion, reliability } = scoreLabels({
    logits,
    labels,
    right: Uint32Array.from(all, (row) => rows.labels[row]!),
    trainingCounts,
    bagOfWords: o.category && besideCategories(o.category, o, all),
  });
  return {
    model,
    baselines: { majority_class: baselines.majority_class, most_frequent: baselines.bag_of_words },
    by_label,
    confusion,
    reliability: reliability!,
    ...(rows.everyRow && { whole_examples: allRight / examples.test.length }),
  };
}

const likeliest = (logits: Float32Array): number => logits.indexOf(Math.max(...logits));

/** Log-probabilities [rows, C]: of training rows with the same category, and one more that has each label by its share of all. */
function besideCategories(
  category: Uint32Array,
  {
    rows,
    examples,
    trainingCounts,
  }: Pick<Parameters<typeof scoreSeries>[0], 'rows' | 'examples' | 'trainingCounts'>,
  scored: readonly number[],
): Float64Array {
  const C = trainingCounts.length;
  const total = trainingCounts.reduce((sum, count) => sum + count, 0);
  const counts = new Map<number, Float64Array>();
  for (const example of examples.training)
    for (const row of judgedRows(example, rows)) {
      const own = counts.get(category[row]!) ?? new Float64Array(C);
      own[rows.labels[row]!]! += 1;
      counts.set(category[row]!, own);
    }
  const result = new Float64Array(scored.length * C);
  scored.forEach((row, index) => {
    const own = counts.get(category[row]!);
    const sum = own?.reduce((all, count) => all + count, 0) ?? 0;
    for (let c = 0; c < C; c++)
      result[index * C + c] = Math.log(((own?.[c] ?? 0) + trainingCounts[c]! / total) / (sum + 1));
  });
  return result;
}
