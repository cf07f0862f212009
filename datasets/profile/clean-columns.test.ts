import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { literal, openDuckDb, query, type Database } from '../tables/duckdb.ts';
import { cleanTypes, plainValue } from './clean-columns.ts';
import { cellCounts, decideType, isBad, readCellCounts, typedValue } from './column-types.ts';

let database: Database;
beforeAll(async () => {
  database = await openDuckDb({ files: [], threads: 1, memoryLimitMiB: 256 });
});
afterAll(() => database.close());

const cell = fc.oneof(
  fc.constantFrom(
    '1',
    '-2',
    '+3',
    '1.5',
    '.5',
    '5.',
    '1e5',
    '1_000',
    ' 7 ',
    'inf',
    'NaN',
    '1e999',
    '0x10',
    '12345678901234567',
  ),
  fc.constantFrom('true', 'FALSE', ' true', 'x', 'total', 'Zo\u00EB', '', 'NA', 'null', '[1,2]', '-'),
  fc.constantFrom(
    '2024-01-31',
    '2024-02-30',
    '2024/1/5',
    '2024-01-31T10:00:00Z',
    '2024-01-31 10:00:00.25',
    '2024-01-31T10:00:00+02:00',
    '2024-01-31T10:00',
  ),
);
/** Most cells of a column are alike. */
const column = fc
  .tuple(fc.array(cell, { minLength: 1, maxLength: 3 }), fc.integer({ min: 1, max: 12 }))
  .chain(([kinds, length]) => fc.array(fc.constantFrom(...kinds), { minLength: length, maxLength: length }));

it('a column that is plain has the type, and the values, that the full rules give it', async () => {
  let plain = 0;
  await fc.assert(
    fc.asyncProperty(column, async (cells) => {
      const { connection } = database;
      const rows = cells.map((text) => `(nullif(${literal(text)}, ''))`).join(', ');
      const source = `(SELECT * FROM (VALUES ${rows}) AS rows(c0))`;
      const [type] = await cleanTypes(connection, { source, columns: [{ id: 'c0' }] });
      if (type === null || type === undefined) return;
      plain += 1;
      const [counts] = await query(connection, `SELECT ${cellCounts('c0').join(', ')} FROM ${source}`);
      expect(decideType(readCellCounts(counts!.map(Number)))).toBe(type);
      const [bad] = await query(
        connection,
        `SELECT count(*) FILTER (WHERE ${isBad('c0', type)}), count(*) FILTER (WHERE ${plainValue('c0', type)} IS DISTINCT FROM ${typedValue('c0', type)}) FROM ${source}`,
      );
      expect(bad!.map(Number)).toEqual([0, 0]);
    }),
    { numRuns: 300, seed: 7 },
  );
  expect(plain).toBeGreaterThan(50);
}, 60_000);
