/**
 * A stored table as pairs of what is read and what is to be written: split by input (or as a column says), vocabularies and scaling fitted on the training
 * rows alone. Targets are read from the table as they are needed; their ids are kept beside the encoded inputs. The specification has passed `planTable`; an error thrown here means that it has not.
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
import { textsOf } from '../rows/column-values.ts';
import type { Preparing, ReadRows } from '../rows/contract.ts';
import { keepingBeside, numbersWriter, type Keeping, type KeptNumbers } from '../rows/kept-numbers.ts';
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
  const rows = await readRows(o.tablePath, specification, []);
  const inputNumbers = await numberInputs(o);
  const split = splitOf(specification, rows, inputNumbers);
  const asked = specification.data.targets[0]!;
  const { target, targets, truncated } = await withTable(
    o.tablePath,
    async (table) => {
      const fitted: TargetFeature = o.fitted?.target ?? (await fitTarget(table, o, split.training));
      return { target: fitted, ...(await keepTargets(table, fitted, o.keeping)) };
    },
    { complete: rows.complete },
  );
  const { features, inputs, encoded, sourceOf } = await prepareInputs({ ...o, rows, split });
  const part = (name: PartName) => sequencePairs(sourceOf(name, noTargets), split[name], targets);
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
    targets,
    testInputs: groups.map(([row]) => row!),
    testTargets: groups.flatMap((group, input) => group.map((target) => ({ input, target }))),
    truncatedTargets: truncated,
    scoreTest: (written) =>
      withTable(
        o.tablePath,
        (table) => scoreTest({ table, target, targets, split, groups, inputOf }, written),
        { complete: rows.complete },
      ),
    release: () => {
      encoded.release();
      targets.release();
    },
  };
}

async function fitTarget(
  table: Table,
  { specification, workFolder }: Asked,
  training: Uint32Array,
): Promise<TargetFeature> {
  const asked = specification.data.targets[0]!;
  return {
    column: asked.column,
    encoding: asked.encoding,
    max_length: asked.max_length,
    lowercase: asked.lowercase,
    unicode_normalization: asked.unicode_normalization,
    ...(await fitTargetVocabulary(textsOf(table, asked.column, training), asked, workFolder)),
  };
}

/** The ids of all rows, and how many have more tokens than are taken. */
async function keepTargets(
  table: Table,
  target: TargetFeature,
  keeping: Keeping | undefined,
): Promise<{ readonly targets: KeptNumbers; readonly truncated: number }> {
  const [read, encode] = [targetReader(target), targetEncoder(target.vocabulary)];
  const writer = numbersWriter(keepingBeside(keeping, 'targets'));
  let truncated = 0;
  for await (const text of textsOf(table, target.column)) {
    const { tokens, isTooLong } = read(text);
    const ids = encode(tokens);
    writer.next(ids.length).ids.set(ids);
    if (isTooLong) truncated += 1;
  }
  return { targets: writer.finish(), truncated };
}

/** Of each row the number of its input, counted from 0 in the order in which they first appear. */
async function numberInputs({ tablePath, specification, workFolder }: Asked): Promise<Uint32Array> {
  return withTable(tablePath, (table) => table.groupNumbers(specification.data.inputs.flatMap(columnsOf)), {
    spillDirectory: workFolder,
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
