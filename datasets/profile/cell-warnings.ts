/**
 * Columns whose cells look like numbers or times to people, and are text because they are not written in the one way that is
 * read without guessing: `1,234` is a thousand in one country and little more than one in another, 01/02/2024 a day in January or
 * in February. And times of which only some say their offset.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { ColumnWarning } from '../../domain/datasets/column-profile.ts';
import type { ColumnProfile, ColumnType } from '../../domain/datasets/dataset.ts';
import { excerpt } from '../formats/unusable-file.ts';
import { query } from '../tables/duckdb.ts';
import { dateForm, hasForm, numberForm, timestampForm } from './column-types.ts';

/** Rows looked at, from the first on. */
const maxRows = 100_000;
/** A column with fewer such cells among the filled ones is what it looks like: text. */
const enough = 0.5;

const thousandsForm = String.raw`[+-]?[1-9][0-9]{0,2}([,.''\x{00A0} ][0-9]{3})+([.,][0-9]+)?`;
const decimalCommaForm = String.raw`[+-]?[0-9]+,[0-9]+`;
const localDateForm = String.raw`[0-9]{1,2}[./-][0-9]{1,2}[./-]([0-9]{4}|[0-9]{2})([T ,].*)?`;
const namedDateForm = String.raw`(?i)([0-9]{1,2}\.? )?(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? [0-9]{1,2},? ?([0-9]{4})?|(?i)[0-9]{1,2}[ -](jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[ -][0-9]{2,4}`;
export const offsetForm = String.raw`.*[0-9](Z|[+-][0-9]{2}(:?[0-9]{2})?)`;

interface Column {
  readonly source: string;
  readonly place: string;
  readonly id: string;
  readonly type: ColumnType;
}

async function lookAtTexts(
  connection: DuckDBConnection,
  { source, place, id }: Column,
): Promise<ColumnWarning[]> {
  const plain = hasForm('cell', numberForm);
  const thousands = `(${hasForm('cell', thousandsForm)} AND NOT ${plain})`;
  const comma = hasForm('cell', decimalCommaForm);
  const iso = `(${hasForm('cell', dateForm)} OR ${hasForm('cell', timestampForm)})`;
  const local = hasForm('cell', localDateForm);
  const named = hasForm('cell', namedDateForm);
  const conditions = [plain, thousands, comma, iso, local, named];
  const firstOf = (condition: string): string[] => [
    `arg_min(row, row) FILTER (WHERE ${condition})`,
    `arg_min(cell, row) FILTER (WHERE ${condition})`,
  ];
  const [found] = await query(
    connection,
    `SELECT count(*)::DOUBLE, ${conditions.map((one) => `count(*) FILTER (WHERE ${one})::DOUBLE`).join(', ')},
       ${[`(${thousands} OR ${comma})`, `(${local} OR ${named})`].flatMap(firstOf).join(', ')}
     FROM (SELECT left(${id}, 64) AS cell, ${place} + 1 AS row FROM ${source} WHERE trim(${id}) <> '' LIMIT ${maxRows})`,
  );
  const [filled, plains, grouped, commas, isoDates, localDates, namedDates] = found!.slice(0, 7).map(Number);
  const [numberRow, numberCell, dateRow, dateCell] = found!.slice(7);
  const share = (count: number): boolean => filled! > 0 && count >= enough * filled!;
  const warnings: ColumnWarning[] = [];
  if (share(plains! + Math.max(grouped!, commas!)) && grouped! + commas! > 0)
    warnings.push({
      code: commas! > grouped! ? 'decimal_comma' : 'thousands_separator',
      row: Number(numberRow),
      message: `expected numbers such as 1234.5, got "${excerpt(String(numberCell))}" and the like, so that the column is text; write them with a decimal point and nothing between thousands`,
    });
  if (share(isoDates! + localDates! + namedDates!) && localDates! + namedDates! > 0) {
    const forms = [isoDates!, localDates!, namedDates!].filter((count) => count > 0).length;
    warnings.push({
      code: forms > 1 ? 'mixed_date_formats' : 'local_date_format',
      row: Number(dateRow),
      message: `expected dates such as 2024-01-31, got "${excerpt(String(dateCell))}" ${forms > 1 ? `and ${forms} formats in all` : 'and the like'}, so that the column is text; write them all as year-month-day`,
    });
  }
  return warnings;
}

async function lookAtTimes(
  connection: DuckDBConnection,
  { source, place, id }: Column,
): Promise<ColumnWarning[]> {
  const withOffset = hasForm('cell', offsetForm);
  const [found] = await query(
    connection,
    `SELECT count(*) FILTER (WHERE ${withOffset})::DOUBLE, count(*) FILTER (WHERE NOT ${withOffset})::DOUBLE, min(row) FILTER (WHERE NOT ${withOffset})::DOUBLE
     FROM (SELECT ${id} AS cell, ${place} + 1 AS row FROM ${source} WHERE trim(${id}) <> '' LIMIT ${maxRows})`,
  );
  const [offsets, without, row] = found!.map(Number);
  if (offsets! === 0 || without! === 0) return [];
  return [
    {
      code: 'mixed_time_zones',
      row: row!,
      message: `expected times that all say their offset, or none, got ${offsets} with and ${without} without; those without were taken as UTC`,
    },
  ];
}

/** What is known of a column, and beside it what its cells look like as they stood in the file. */
export async function withCellWarnings(
  connection: DuckDBConnection,
  profile: ColumnProfile,
  cells: Omit<Column, 'type'>,
): Promise<ColumnProfile> {
  const column = { ...cells, type: profile.type };
  const more =
    column.type === 'text'
      ? await lookAtTexts(connection, column)
      : column.type === 'timestamp'
        ? await lookAtTimes(connection, column)
        : [];
  return { ...profile, warnings: [...(profile.warnings ?? []), ...more] };
}
