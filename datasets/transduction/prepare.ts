/**
 * A stored table as pairs of what is read and what is to be written: split by input (or as a column says), vocabularies and scaling fitted on the training
 * rows alone. The specification has passed `planTable`; an error thrown here means that it has not.
 */
import { columnsOf, isInput, rowInputs } from '../../engine/spec/inputs.ts';
import type { TransductionSpecification } from '../../engine/spec/tasks.ts';
import {
  fitTargetVocabulary,
  targetEncoder,
  targetIdCount,
  targetReader,
  tokenWriting,
  type TargetFeature,
} from '../features/target-vocabulary.ts';
import type { Preparing, ReadRows } from '../rows/contract.ts';
import { splitColumn } from '../rows/plan-split.ts';
import { prepareInputs, readRows, splitRows } from '../rows/prepare-inputs.ts';
import { noTargets } from '../rows/row-source.ts';
import type { PartRows } from '../rows/split.ts';
import type { Cell } from '../tables/cells.ts';
import { withTable, type Table } from '../tables/table.ts';
import { byPart, type PartName } from '../windows/windows.ts';
import type { FittedTransduction, PreparedTransduction } from './contract.ts';
import { scoreTest, shownInputs, type ExampleInput } from './score-test.ts';
import { sequencePairs } from './sequence-pairs.ts';
import { splitByInput } from './split.ts';

type Asked = Preparing<TransductionSpecification, FittedTransduction>;

export async function prepareTransduction(o: Asked): Promise<PreparedTransduction> {
  const { specification } = o;
  const rows = await readRows(o.tablePath, specification);
  const inputNumbers = await numberInputs(o);
  const split = splitOf(specification, rows, inputNumbers);
  const asked = specification.data.targets[0]!;
  const texts = rows.cells(asked.column).map((text) => String(text ?? ''));
  const target: TargetFeature = o.fitted?.target ?? {
    column: asked.column,
    encoding: asked.encoding,
    max_length: asked.max_length,
    lowercase: asked.lowercase,
    unicode_normalization: asked.unicode_normalization,
    ...(await fitTargetVocabulary(
      Array.from(split.training, (row) => texts[row]!),
      asked,
      o.workFolder,
    )),
  };
  const read = texts.map(targetReader(target));
  const tokens = read.map((one) => one.tokens);
  const { features, inputs, encoded, sourceOf } = await prepareInputs({ ...o, rows, split });
  const targets = tokens.map(targetEncoder(target.vocabulary));
  const part = (name: PartName) =>
    sequencePairs(
      sourceOf(name, noTargets),
      Array.from(split[name], (row) => targets[row]!),
    );
  const groups = groupByInput(split.test, inputNumbers);
  const inputOf = await readExamples(
    rows,
    specification,
    shownInputs(groups.length).map((index) => groups[index]![0]!),
  );
  return {
    inputs,
    parts: byPart(part),
    writes: tokenWriting(targetIdCount(target.vocabulary.length), asked),
    features,
    target,
    encoded,
    testInputs: groups.map(([row]) => row!),
    testTargets: groups.flatMap((group, input) => group.map((row) => ({ input, target: targets[row]! }))),
    truncatedTargets: read.filter(({ isTooLong }) => isTooLong).length,
    scoreTest: scoreTest({
      target,
      references: groups.map((group) => group.map((row) => tokens[row]!)),
      training: {
        tokens: Array.from(split.training, (row) => tokens[row]!),
        ids: Array.from(split.training, (row) => targets[row]!),
      },
      testIds: Array.from(split.test, (row) => targets[row]!),
      rowOf: (index) => groups[index]![0]!,
      inputOf,
    }),
  };
}

/** Of each row the number of its input, counted from 0 in the order in which they first appear. */
async function numberInputs({ tablePath, specification }: Asked): Promise<Uint32Array> {
  return withTable(tablePath, async (table) => {
    return await table.groupNumbers(specification.data.inputs.flatMap(columnsOf));
  });
}

function splitOf(
  { data, training }: TransductionSpecification,
  rows: ReadRows,
  inputNumbers: Uint32Array,
): PartRows {
  return splitColumn(data.split) === undefined
    ? splitByInput(inputNumbers, data.split, training.seed)
    : splitRows(rows, data.split, training.seed);
}

/** Rows of one input together. */
function groupByInput(rows: Uint32Array, inputNumbers: Uint32Array): readonly (readonly number[])[] {
  const groups = new Map<number, number[]>();
  for (const row of rows) {
    const own = groups.get(inputNumbers[row]!);
    if (own) own.push(row);
    else groups.set(inputNumbers[row]!, [row]);
  }
  return [...groups.values()];
}

/** What is shown of the inputs of these rows: a text that is all there is, or the values that can stand in a cell. */
async function readExamples(
  { tablePath, complete }: ReadRows,
  { data }: TransductionSpecification,
  shown: readonly number[],
): Promise<(row: number) => ExampleInput> {
  const inputs = rowInputs(data.inputs);
  const names = inputs
    .filter((input) => ['numbers', 'categories', 'text'].some((kind) => isInput(input, kind as 'text')))
    .flatMap(columnsOf);
  const isText = inputs.length === 1 && isInput(inputs[0]!, 'text');
  const wanted = new Set(shown);
  const examples = new Map<number, ExampleInput>();
  const read = async (table: Table): Promise<void> => {
    let first = 0;
    for await (const columns of table.chunks(names)) {
      const count = columns[0]!.length;
      for (let index = 0; index < count; index++) {
        if (!wanted.has(first + index)) continue;
        const cells = columns.map((column) => column[index] as Cell);
        examples.set(
          first + index,
          isText ? String(cells[0] ?? '') : Object.fromEntries(names.map((name, at) => [name, cells[at]!])),
        );
      }
      first += count;
    }
  };
  if (names.length > 0) await withTable(tablePath, read, { complete });
  return (row) => examples.get(row) ?? {};
}
