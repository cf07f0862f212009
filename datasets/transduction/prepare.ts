/**
 * A stored table as pairs of what is read and what is to be written: split by input, vocabularies and scaling fitted on the training rows alone.
 *
 * The specification has passed `planTable`; an error thrown here means that it has not.
 */
import type { FittedFeatures } from '../../domain/models/fitted-features.ts';
import { isInput } from '../../engine/spec/inputs.ts';
import { scalingOf } from '../../engine/spec/scaling.ts';
import type { TransductionSpecification } from '../../engine/spec/tasks.ts';
import { fitStandardScaler, identityScaler } from '../features/scaler.ts';
import {
  fitTargetVocabulary,
  isTooLong,
  targetEncoder,
  targetIdCount,
  targetIds,
  targetTokens,
  type TargetFeature,
} from '../features/target-vocabulary.ts';
import { fitVocabulary, idCount, textEncoder } from '../features/vocabulary.ts';
import { openTable } from '../tables/table.ts';
import { partNames } from '../windows/windows.ts';
import type { FittedTransduction, InputFeatures, PreparedTransduction } from './contract.ts';
import { inputsOf } from './inputs-of.ts';
import { scoreTest } from './score-test.ts';
import { sequencePairs } from './sequence-pairs.ts';
import { splitRows } from './split.ts';

/** The columns of the table, by row. */
interface Rows {
  /** Of text inputs. */
  readonly texts: readonly string[] | null;
  /** Of numbers, by column. */
  readonly numbers: readonly Float64Array[] | null;
  readonly targets: readonly string[];
  /** Of each row the number of its input, counted from 0 in the order in which they first appear. */
  readonly inputs: Uint32Array;
  readonly inputCount: number;
}

async function readRows(tablePath: string, { data }: TransductionSpecification): Promise<Rows> {
  const table = await openTable(tablePath);
  try {
    const [first] = data.inputs;
    const columns = inputsOf({ data }).map(({ column }) => column);
    const [targets] = await table.readCells([data.targets[0]!.column]);
    const written = targets!.map((text) => String(text ?? ''));
    if (first && isInput(first, 'text')) {
      const [cells] = await table.readCells(columns);
      return {
        // an empty text in a file is no text
        texts: cells!.map((text) => (text === null ? '' : String(text))),
        numbers: null,
        targets: written,
        ...numbered(cells!, (cell) => (cell === null ? null : String(cell))),
      };
    }
    const { values } = await table.read({ columns });
    const rows = written.map((_, row) => row);
    return {
      texts: null,
      numbers: values,
      targets: written,
      ...numbered(rows, (row) => values.map((column) => column[row]).join()),
    };
  } finally {
    table.close();
  }
}

function numbered<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string | null,
): Pick<Rows, 'inputs' | 'inputCount'> {
  const numbers = new Map<string | null, number>();
  const inputs = Uint32Array.from(items, (item) => {
    const key = keyOf(item);
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, numbers.size);
    return numbers.size - 1;
  });
  return { inputs, inputCount: numbers.size };
}

async function fitInputs(
  { data }: TransductionSpecification,
  rows: Rows,
  training: Uint32Array,
  workFolder: string | undefined,
): Promise<InputFeatures> {
  const [first] = data.inputs;
  if (first && isInput(first, 'text')) {
    const texts = Array.from(training, (row) => rows.texts![row]!);
    const { vocabulary, merges } = await fitVocabulary(texts, first, workFolder);
    const feature: FittedFeatures['text'] = {
      column: first.column,
      encoding: first.encoding,
      max_length: first.max_length,
      lowercase: first.lowercase,
      unicode_normalization: first.unicode_normalization,
      truncate: first.truncate,
      embedding_size: first.embedding_size,
      vocabulary: [...vocabulary],
      ...(merges && { merges: merges.map((pair) => [...pair]) }),
    };
    return { kind: 'text', inputs: [feature] };
  }
  const inputs = inputsOf({ data }).map(({ column }, index) => {
    const values = Float64Array.from(training, (row) => rows.numbers![index]![row]!);
    const scaler =
      scalingOf(data.scaling).type === 'standard'
        ? fitStandardScaler(values, [[0, values.length]])
        : identityScaler;
    return { column, ...scaler };
  });
  return { kind: 'numbers', inputs };
}

/** What is read of each row: ids, or numbers as they are and scaled. */
function sourcesOf(
  features: InputFeatures,
  rows: Rows,
): {
  readonly raw: (row: number) => Uint32Array | Float32Array;
  readonly scaled: readonly (Uint32Array | Float32Array)[];
} {
  if (features.kind === 'text') {
    const ids = rows.texts!.map(textEncoder(features.inputs[0]));
    return { raw: (row) => ids[row]!, scaled: ids };
  }
  const { inputs } = features;
  const raw = (row: number) => Float32Array.from(inputs, (_, index) => rows.numbers![index]![row]!);
  const scaled = rows.targets.map((_, row) =>
    Float32Array.from(inputs, ({ mean, std }, index) => (rows.numbers![index]![row]! - mean) / std),
  );
  return { raw, scaled };
}

export async function prepareTransduction(o: {
  tablePath: string;
  specification: TransductionSpecification;
  /** Of another training, instead of vocabularies and scaling taken from this table. */
  fitted?: FittedTransduction;
  /** For files that are not needed afterwards. */
  workFolder?: string;
}): Promise<PreparedTransduction> {
  const { data, training } = o.specification;
  const rows = await readRows(o.tablePath, o.specification);
  const split = splitRows(rows.inputs, rows.inputCount, data.split, training.seed);
  for (const part of partNames)
    if (split[part].length === 0) throw new Error(`internal: no ${part} row, though one was planned`);

  const asked = data.targets[0]!;
  const tokens = rows.targets.map((text) => targetTokens(text, asked));
  const target: TargetFeature = o.fitted?.target ?? {
    column: asked.column,
    encoding: asked.encoding,
    max_length: asked.max_length,
    lowercase: asked.lowercase,
    unicode_normalization: asked.unicode_normalization,
    vocabulary: fitTargetVocabulary(
      Array.from(split.training, (row) => tokens[row]!),
      asked,
    ),
  };
  const features =
    o.fitted?.features ?? (await fitInputs(o.specification, rows, split.training, o.workFolder));
  const targets = tokens.map(targetEncoder(target.vocabulary));
  const { raw, scaled } = sourcesOf(features, rows);
  const part = (own: Uint32Array) =>
    sequencePairs({ sources: scaled, kind: features.kind, targets, rows: own });

  const testRows = new Map<number, number[]>();
  for (const row of split.test) {
    const own = testRows.get(rows.inputs[row]!);
    if (own) own.push(row);
    else testRows.set(rows.inputs[row]!, [row]);
  }
  const groups = [...testRows.values()];
  const textInput = features.kind === 'text' ? features.inputs[0] : null;
  const vocabulary = targetIdCount(target.vocabulary.length);
  return {
    parts: { training: part(split.training), validation: part(split.validation), test: part(split.test) },
    sizes: {
      ...(textInput
        ? {
            inputSize: 1,
            embeddings: [
              {
                vocabulary: idCount(textInput.vocabulary.length),
                size: embeddingSizeOf(o.specification),
              },
            ],
            padded: true as const,
          }
        : { inputSize: features.inputs.length }),
      writes: {
        type: 'tokens',
        vocabulary,
        embeddingSize: asked.embedding_size,
        pad: targetIds.pad,
        start: targetIds.start,
        end: targetIds.end,
      },
    },
    features,
    target,
    testInputs: groups.map(([row]) => raw(row!)),
    testTargets: groups.flatMap((group, input) => group.map((row) => ({ input, target: targets[row]! }))),
    truncatedTargets: rows.targets.filter((text) => isTooLong(text, asked)).length,
    scoreTest: scoreTest({
      target,
      references: groups.map((group) => group.map((row) => tokens[row]!)),
      training: {
        tokens: Array.from(split.training, (row) => tokens[row]!),
        ids: Array.from(split.training, (row) => targets[row]!),
      },
      testIds: Array.from(split.test, (row) => targets[row]!),
      inputOf: (index) => {
        const [row] = groups[index]!;
        if (rows.texts) return rows.texts[row!]!;
        return Object.fromEntries(
          inputsOf({ data }).map(({ column }, at) => [column, rows.numbers![at]![row!]!]),
        );
      },
    }),
  };
}

function embeddingSizeOf({ data }: TransductionSpecification): number {
  const [first] = data.inputs;
  if (first && isInput(first, 'text')) return first.embedding_size;
  throw new Error('internal: numbers are not embedded');
}
