/**
 * A stored table of rows and labels as examples to train on: split, features fitted on the training rows alone.
 *
 * The specification has passed `planTable`; an error thrown here means that it has not.
 */
import { isInput, type TextInput } from '../../engine/spec/inputs.ts';
import type { ClassificationSpecification } from '../../engine/spec/tasks.ts';
import { textsOf } from '../rows/column-values.ts';
import type { Preparing, ReadRows } from '../rows/contract.ts';
import { prepareInputs, readRows, splitRows } from '../rows/prepare-inputs.ts';
import type { PartRows } from '../rows/split.ts';
import type { Cell } from '../tables/cells.ts';
import { withTable, type Table } from '../tables/table.ts';
import { byPart } from '../windows/windows.ts';
import { bagOfWords } from './bag-of-words.ts';
import type { FittedClassification, Label, PreparedClassification } from './contract.ts';
import { numberLabels, weighLabels } from './labels.ts';
import { scoreLabels } from './scores.ts';

function knownLabel(label: Cell): Label {
  if (label === null) throw new Error('internal: a row without a label in a table that was planned');
  return label;
}

export async function prepareClassification(
  o: Preparing<ClassificationSpecification, FittedClassification>,
): Promise<PreparedClassification> {
  const { specification } = o;
  const { data, training } = specification;
  const rows = await readRows(o.tablePath, specification);
  const own = rows.cells(data.targets[0]!.column).map(knownLabel);
  const { labels, numbers } = numberLabels(own, o.fitted?.labels);
  const classes = Uint32Array.from(numbers);
  const split = splitRows(rows, data.split, training.seed, { labels: classes, classes: labels.length });
  const { features, inputs, encoded, sourceOf } = await prepareInputs({ ...o, rows, split });

  const counts = new Array<number>(labels.length).fill(0);
  for (const row of split.training) counts[classes[row]!]! += 1;
  const { weights: ofLabel, isSampled } = weighLabels(specification, labels, counts);
  const targets = {
    values: Float32Array.from(classes),
    size: 1,
    weights: ofLabel && Float32Array.from(classes, (label) => ofLabel[label]!),
  };
  return {
    leftOut: rows.leftOut,
    release: encoded.release,
    parts: byPart((part) =>
      sourceOf(
        part,
        isSampled && part === 'training' ? { ...targets, weights: null, balance: classes } : targets,
      ),
    ),
    features,
    inputs,
    labels,
    scoreTest: async (logits) =>
      scoreLabels({
        logits,
        labels,
        right: Uint32Array.from(split.test, (row) => classes[row]!),
        trainingCounts: counts,
        bagOfWords: await wordsOf(specification, rows, split, classes, labels.length),
      }),
  };
}

/** The bag of words of the text among the inputs; null where there is none. */
async function wordsOf(
  { data }: ClassificationSpecification,
  { tablePath, complete }: ReadRows,
  split: PartRows,
  classes: Uint32Array,
  labels: number,
): Promise<Float64Array | null> {
  const input = data.inputs.find((one): one is TextInput => isInput(one, 'text'));
  if (input === undefined) return null;
  const { column } = input;
  const read = (table: Table) =>
    bagOfWords({
      texts: () => textsOf(table, column),
      training: split.training,
      scored: split.test,
      classes,
      labels,
      // its words are words, whatever the network reads
      reading: input.encoding === 'subwords' ? { ...input, encoding: 'words' } : input,
    });
  return withTable(tablePath, read, { complete });
}
