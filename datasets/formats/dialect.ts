/** How a delimited file writes its cells. Commas and double quotes unless the file says otherwise: DuckDB's sniffer is asked. */
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { literal, openDuckDb, query } from '../tables/duckdb.ts';

export interface Dialect {
  /** One ASCII character each. */
  readonly delimiter: string;
  readonly quote: string;
  /** What stands before a quote inside a quoted cell: another quote, or a backslash. */
  readonly escape: 'quote' | 'backslash';
}

export const commas: Dialect = { delimiter: ',', quote: '"', escape: 'quote' };
export const tabs: Dialect = { delimiter: '\t', quote: '"', escape: 'quote' };

const sampleBytes = 64 * 1024;
const isAscii = (text: unknown): text is string => typeof text === 'string' && /^[\t\x20-\x7e]$/.test(text);

/** Whole lines from the start of a file. */
async function sampleOf(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const buffer = Buffer.alloc(sampleBytes);
    const { bytesRead } = await file.read(buffer, 0, sampleBytes, 0);
    const text = buffer.toString('utf8', 0, bytesRead).replace(/^\uFEFF/, '');
    return bytesRead < sampleBytes ? text : text.slice(0, text.lastIndexOf('\n') + 1 || undefined);
  } finally {
    await file.close();
  }
}

const occurrences = (text: string, character: string): number => text.split(character).length - 1;

/** `path` in UTF-8. What is sniffed counts only where the header has the delimiter, and no more commas than those. */
export async function sniffDialect(path: string, folder: string): Promise<Dialect> {
  const sample = await sampleOf(path);
  const header = /^\s*([^\r\n]*)/.exec(sample)![1]!.replaceAll(/"[^"]*"|'[^']*'/g, '');
  if (sample.includes('\0')) return commas;
  const samplePath = join(folder, 'sample.csv');
  await writeFile(samplePath, sample);
  const database = await openDuckDb({ files: [samplePath], threads: 1, memoryLimitMiB: 256 });
  try {
    const [row] = await query(
      database.connection,
      `SELECT Delimiter, Quote, "Escape" FROM sniff_csv(${literal(samplePath)}, sample_size = 2000, ignore_errors = true)`,
    );
    const [delimiter, quote, escape] = row!;
    if (!isAscii(delimiter) || (delimiter !== ',' && occurrences(header, delimiter) === 0)) return commas;
    if (delimiter !== ',' && occurrences(header, delimiter) < occurrences(header, ',')) return commas;
    // Without a quoted cell in the sample, there is none to go by.
    const single = quote === "'" && !sample.includes('"');
    const backslash = escape === '\\' && sample.includes('\\"');
    return { delimiter, quote: single ? "'" : '"', escape: backslash ? 'backslash' : 'quote' };
  } catch {
    return commas;
  } finally {
    database.close();
  }
}
