/** A file that is refused, and what is to be told of it. */
import { readFileSync } from 'node:fs';

/** What the service is to be started with. */
export const maxUnpackedBytes = 100_000_000;

export type Make = () => string | Buffer<ArrayBuffer> | Promise<Buffer<ArrayBuffer>>;

/** Row, column, code, and the whole message or its beginning. */
export type Told = readonly [row: number | null, column: string | null, code: string, message: string];

export type BadFile = readonly [name: string, type: string, make: Make, told: Told];

export const csv = 'text/csv';
export const tsv = 'text/tab-separated-values';
export const ndjson = 'application/x-ndjson';
export const json = 'application/json';
export const parquetType = 'application/vnd.apache.parquet';
export const text = 'text/plain';
export const zipType = 'application/zip';
export const tarType = 'application/x-tar';

const media = new URL('../../golden/media/', import.meta.url);
export const wav = readFileSync(new URL('pcm16-mono.wav', media));
export const png = readFileSync(new URL('grey.png', media));
