/**
 * How deeply the columns of a Parquet file are nested, as its footer says (FileMetaData of Apache Parquet's parquet.thrift, in Thrift's compact protocol). DuckDB calls itself
 * for each level: where a small file says that there are thousands it is busy for minutes, or the process ends with its stack.
 */
import { open } from 'node:fs/promises';
import { wholeFile, type UnusableFile } from './unusable-file.ts';

/** Far more than any column has that can be taken. */
const mostLevels = 64;
/** Of a footer, whose schema stands in front; as many columns as can be taken have fewer. */
const mostSchemaBytes = 16 * 1024 * 1024;

/** Throws UnusableFile (`too_deep`, `damaged_parquet`). */
export async function checkParquetLevels(path: string): Promise<void> {
  const footer = await readFooter(path);
  let isTooDeep: boolean;
  try {
    isTooDeep = hasMoreLevels(footer);
  } catch (error) {
    throw damaged((error as Error).message);
  }
  if (isTooDeep)
    throw wholeFile('too_deep', `expected columns of plain values, got nesting of more than ${mostLevels}`);
}

const damaged = (why: string): UnusableFile =>
  wholeFile('damaged_parquet', `expected a whole Parquet file, got one that cannot be read: ${why}`);

/** Its beginning, where it is long. */
async function readFooter(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const end = Buffer.alloc(8);
    await file.read(end, 0, 8, Math.max(0, size - 8));
    const length = end.readUInt32LE(0);
    if (end.toString('latin1', 4) !== 'PAR1' || length + 12 > size)
      throw damaged('it has no footer at its end');
    const { buffer } = await file.read({
      buffer: Buffer.alloc(Math.min(length, mostSchemaBytes)),
      position: size - 8 - length,
    });
    return buffer;
  } finally {
    await file.close();
  }
}

/** FileMetaData.schema: the nodes of a tree, each before those below it. */
const schemaField = 2;
/** SchemaElement.num_children. */
const childrenField = 5;

function hasMoreLevels(footer: Buffer): boolean {
  const thrift = compactThrift(footer);
  for (const { id, type } of thrift.fields()) {
    if (id !== schemaField || type !== types.list) {
      thrift.skip(type);
      continue;
    }
    /** Of nodes that are not at their end, children yet to come. */
    const above: number[] = [];
    for (let { size } = thrift.list(); size > 0; size--) {
      let children = 0;
      for (const field of thrift.fields())
        if (field.id === childrenField && field.type === types.i32) children = thrift.integer();
        else thrift.skip(field.type);
      if (above.length > 0) above[above.length - 1]! -= 1;
      above.push(children);
      if (above.length > mostLevels) return true;
      while (above.at(-1) === 0) above.pop();
    }
    return false;
  }
  throw new Error('its footer has no schema');
}

/** Of the compact protocol; true and false are the value, too, of a field. */
const types = {
  true: 1,
  false: 2,
  byte: 3,
  i16: 4,
  i32: 5,
  i64: 6,
  double: 7,
  binary: 8,
  list: 9,
  set: 10,
  map: 11,
  struct: 12,
} as const;

function compactThrift(bytes: Buffer) {
  let at = 0;
  const pass = (length: number): void => {
    at += length;
    if (at > bytes.length) throw new Error('its footer ends early');
  };
  const byte = (): number => {
    pass(1);
    return bytes[at - 1]!;
  };
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; factor < 2 ** 70; factor *= 128) {
      const next = byte();
      value += (next % 128) * factor;
      if (next < 128) return value;
    }
    throw new Error('its footer has a number that is too long');
  };
  const integer = (): number => {
    const value = varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  };
  /** Whoever takes one reads or skips its value before the next. */
  function* fields(): Iterable<{ readonly id: number; readonly type: number }> {
    let id = 0;
    for (let head = byte(); head !== 0; head = byte()) {
      id = head < 16 ? integer() : id + Math.floor(head / 16);
      yield { id, type: head % 16 };
    }
  }
  const list = (): { readonly size: number; readonly type: number } => {
    const head = byte();
    const size = Math.floor(head / 16);
    return { size: size === 15 ? varint() : size, type: head % 16 };
  };
  /** @param levels - in which the value may be nested */
  const skip = (type: number, levels = mostLevels): void => {
    if (levels === 0) throw new Error('its footer is nested too deeply');
    switch (type) {
      case types.true:
      case types.false:
        return;
      case types.byte:
        pass(1);
        return;
      case types.i16:
      case types.i32:
      case types.i64:
        varint();
        return;
      case types.double:
        pass(8);
        return;
      case types.binary:
        pass(varint());
        return;
      case types.struct:
        for (const field of fields()) skip(field.type, levels - 1);
        return;
      case types.list:
      case types.set: {
        const items = list();
        for (let { size } = items; size > 0; size--) {
          // here they have a byte of their own
          if (items.type <= types.false) pass(1);
          else skip(items.type, levels - 1);
        }
        return;
      }
      default:
        throw new Error(`its footer has a value of type ${type}`);
    }
  };
  return { fields, list, integer, skip };
}
