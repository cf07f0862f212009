/** A stored table of rows as examples to train on: read, split, its features fitted on the training rows alone, and encoded. */
import type { FittedFeature } from '../../domain/models/fitted-features.ts';
import type { Split } from '../../engine/spec/data.ts';
import { columnsOf, rowInputs } from '../../engine/spec/inputs.ts';
import type { TrainingSpecification } from '../../engine/spec/training-specification.ts';
import type { RowInputs } from '../../engine/spec/row-inputs.ts';
import { rowEncoder, rowShape } from '../features/row.ts';
import { featureShape, fitFeature } from '../features/table.ts';
import type { Cell, Value } from '../tables/cells.ts';
import { withTable, type Table } from '../tables/table.ts';
import { valuesOf } from './column-values.ts';
import type { PreparedInputs, Preparing, ReadRows } from './contract.ts';
import { encodedRowsWriter, type EncodedRows } from './encoded-rows.ts';
import { completeColumns } from './plan-complete-rows.ts';
import { partNamed, splitColumn } from './plan-split.ts';
import { rowSource } from './row-source.ts';
import { splitAsGiven, splitByGroup, splitByLabel, type PartRows } from './split.ts';

/**
 * What decides of the table: targets, and the column that says or groups parts.
 * @param targets - those that are held for each row; all if absent
 */
export async function readRows(
  tablePath: string,
  specification: TrainingSpecification,
  targets: readonly string[] = specification.data.targets.map(({ column }) => column),
): Promise<ReadRows> {
  const { data } = specification;
  const complete = completeColumns(specification);
  const decides = splitColumn(data.split);
  const names = [...new Set([...targets, ...(decides === undefined ? [] : [decides])])];
  const read = async (table: Table): Promise<ReadRows> => {
    const { rows: count, leftOut } = await table.rowCounts();
    const columns = names.map((): Value[] => []);
    for await (const chunk of names.length === 0 ? [] : table.chunks(names))
      chunk.forEach((values, index) => {
        for (const value of values) columns[index]!.push(value);
      });
    const byName = new Map(names.map((name, index) => [name, columns[index]!]));
    const column = (name: string): readonly Value[] => {
      const found = byName.get(name);
      if (!found) throw new Error(`internal: column "${name}" was not read`);
      return found;
    };
    return {
      tablePath,
      complete,
      column,
      cells: (name) => column(name).map(cellOf),
      count,
      leftOut,
    };
  };
  return withTable(tablePath, read, { complete });
}

function cellOf(value: Value): Cell {
  if (typeof value !== 'object' || value === null) return value;
  throw new Error('internal: expected a cell in a column that was checked');
}

/** @param strata - the label of each row by number, of a stratified split; undefined: all are the same */
export function splitRows(
  rows: Pick<ReadRows, 'cells' | 'count'>,
  split: Split,
  seed: number,
  strata?: { readonly labels: Uint32Array; readonly classes: number },
): PartRows {
  if (split.column !== undefined)
    return splitAsGiven(
      rows.cells(split.column).map((value) => {
        const part = partNamed(value);
        if (part !== undefined) return part;
        throw new Error(`internal: a part ${JSON.stringify(value)} in a table that was planned`);
      }),
    );
  if (split.by !== undefined) {
    const { numbers, count } = numbered(rows.cells(split.by));
    return splitByGroup(numbers, count, split, seed);
  }
  return strata
    ? splitByLabel(strata.labels, strata.classes, split, seed)
    : splitByLabel(new Uint32Array(rows.count), 1, split, seed);
}

/** Groups by number, in the order in which the table counts its values. */
function numbered(values: readonly Cell[]): { numbers: Uint32Array; count: number } {
  const different = [...new Set(values)].sort((a, b) => compare(a, b));
  const numbers = new Map(different.map((value, index) => [value, index]));
  return { numbers: Uint32Array.from(values, (value) => numbers.get(value)!), count: different.length };
}

/** Texts by their UTF-8 bytes, as the database orders them. */
function compare(a: Cell, b: Cell): number {
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a === b ? 0 : a! < b! ? -1 : 1;
}

/** Features fitted on the training rows, unless those of another training are given, and all rows encoded by them: the table is read once for each input, and once for all. */
export async function prepareInputs(
  o: Omit<Preparing<TrainingSpecification, Pick<PreparedInputs, 'features'>>, 'tablePath'> & {
    readonly rows: ReadRows;
    readonly split: PartRows;
  },
): Promise<PreparedInputs> {
  const { rows, split } = o;
  return withTable(
    rows.tablePath,
    async (table) => {
      const features = await fitFeatures(table, o);
      const { inputs } = rowShape(features.map(featureShape));
      const encoded = await encodeRows(table, { ...o, features, inputs });
      return {
        features,
        inputs,
        encoded,
        split,
        sourceOf: (part, targets) => {
          const own = split[part];
          if (own.length === 0) throw new Error(`internal: no ${part} row, though one was planned`);
          return rowSource({ inputs, rows: encoded, targets, own });
        },
      };
    },
    { complete: rows.complete },
  );
}

type Asked = Parameters<typeof prepareInputs>[0];

async function fitFeatures(
  table: Table,
  { specification: { data }, fitted, split, workFolder }: Asked,
): Promise<readonly FittedFeature[]> {
  const features: FittedFeature[] = [];
  for (const [index, input] of rowInputs(data.inputs).entries())
    features.push(
      fitted?.features[index] ??
        (await fitFeature(input, valuesOf(table, columnsOf(input)[0]!, split.training), {
          scaling: data.scaling,
          missing: data.missing,
          workFolder,
        })),
    );
  return features;
}

async function encodeRows(
  table: Table,
  o: Asked & { readonly features: readonly FittedFeature[]; readonly inputs: RowInputs },
): Promise<EncodedRows> {
  const { features, inputs, keeping, rows } = o;
  const names = rowInputs(o.specification.data.inputs).map((input) => columnsOf(input)[0]!);
  const encode = rowEncoder(features);
  const writer = encodedRowsWriter({ count: rows.count, inputs, keeping });
  for await (const columns of table.chunks(names))
    for (let row = 0; row < columns[0]!.length; row++)
      writer.write(await encode(columns.map((column) => column[row]!)));
  return writer.finish();
}
