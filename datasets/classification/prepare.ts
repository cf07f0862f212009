/**
 * A stored table of texts and labels as examples to train on: split by label, the vocabulary fitted on the training rows alone.
 *
 * The specification has passed `planTable`; an error thrown here means that it has not.
 */
import type { ClassificationSpecification } from '../../engine/spec/tasks.ts';
import { fitVocabulary, idCount, textEncoder, type TextFeature } from '../features/vocabulary.ts';
import { openTable } from '../tables/table.ts';
import type { Cell } from '../tables/cells.ts';
import { partNames } from '../windows/windows.ts';
import { bagOfWords } from './bag-of-words.ts';
import type { Label, PreparedClassification } from './contract.ts';
import { classWeights, orderedLabels } from './labels.ts';
import { scoreLabels } from './scores.ts';
import { splitByLabel } from './split.ts';
import { labelledTexts } from './labelled-texts.ts';

async function readRows(
  tablePath: string,
  { data }: ClassificationSpecification,
): Promise<{ texts: string[]; labels: Label[] }> {
  const table = await openTable(tablePath);
  try {
    const [texts, labels] = await table.readCells([data.inputs[0]!.column, data.targets[0]!.column]);
    return {
      // an empty text in a file is no text
      texts: texts!.map((text) => (text === null ? '' : String(text))),
      labels: labels!.map(knownLabel),
    };
  } finally {
    table.close();
  }
}

function knownLabel(label: Cell): Label {
  if (label === null) throw new Error('internal: a row without a label in a table that was planned');
  return label;
}

/** The table has a label that the fitted ones don't have. */
export class UnknownLabelError extends Error {
  override readonly name = 'UnknownLabelError';
}

export async function prepareClassification(o: {
  tablePath: string;
  specification: ClassificationSpecification;
  /** Of another training, instead of a vocabulary and labels taken from this table. */
  fitted?: Pick<PreparedClassification, 'feature' | 'labels'>;
}): Promise<PreparedClassification> {
  const { data, output, training } = o.specification;
  const rows = await readRows(o.tablePath, o.specification);
  const present = orderedLabels([...new Set(rows.labels)].map((label) => ({ label, rows: 0 })));
  const labels = o.fitted?.labels ?? present;
  const numbers = new Map(labels.map((label, index) => [label, index]));
  const strange = present.find((label) => !numbers.has(label));
  if (strange !== undefined)
    throw new UnknownLabelError(
      `expected the labels ${JSON.stringify(labels)}, got ${JSON.stringify(strange)} too`,
    );
  const classes = Uint32Array.from(rows.labels, (label) => numbers.get(label)!);
  const split = splitByLabel(classes, labels.length, data.split, training.seed);

  const input = data.inputs[0]!;
  const vocabulary =
    o.fitted?.feature.vocabulary ??
    fitVocabulary(
      Array.from(split.training, (row) => rows.texts[row]!),
      input,
    );
  const feature: TextFeature = {
    column: input.column,
    encoding: input.encoding,
    max_length: input.max_length,
    lowercase: input.lowercase,
    unicode_normalization: input.unicode_normalization,
    truncate: input.truncate,
    vocabulary,
  };
  const encode = textEncoder(feature);
  const texts = rows.texts.map(encode);
  const counts = new Array<number>(labels.length).fill(0);
  for (const row of split.training) counts[classes[row]!]! += 1;
  const weights = classWeights(output.class_weights, labels, counts);
  const sourceOf = (own: Uint32Array) => labelledTexts({ texts, classes, rows: own, weights });
  const parts = {
    training: sourceOf(split.training),
    validation: sourceOf(split.validation),
    test: sourceOf(split.test),
  };
  for (const part of partNames)
    if (parts[part].count === 0) throw new Error(`internal: no ${part} row, though one was planned`);

  return {
    parts,
    sizes: {
      inputSize: 1,
      outputSize: labels.length,
      embeddings: [{ vocabulary: idCount(vocabulary.length), size: input.embedding_size }],
      padded: true,
    },
    feature,
    labels,
    scoreTest: (logits) =>
      scoreLabels({
        logits,
        labels,
        right: Uint32Array.from(split.test, (row) => classes[row]!),
        trainingCounts: counts,
        bagOfWords: bagOfWords({
          training: {
            texts: Array.from(split.training, (row) => rows.texts[row]!),
            classes: Array.from(split.training, (row) => classes[row]!),
          },
          scored: Array.from(split.test, (row) => rows.texts[row]!),
          labels: labels.length,
          reading: feature,
        }),
      }),
  };
}
