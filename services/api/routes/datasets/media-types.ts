/** Which format an upload is in, by its Content-Type, or by the name of the file in a form. */
import type { Charset, DatasetFormat } from '../../../../domain/datasets/dataset-format.ts';

/** The first of each is the one that is named in messages. */
const typesOf: Record<DatasetFormat, readonly [string, ...string[]]> = {
  csv: ['text/csv', 'application/csv', 'application/vnd.ms-excel'],
  tsv: ['text/tab-separated-values'],
  ndjson: ['application/x-ndjson', 'application/jsonl', 'application/x-jsonlines', 'application/json-lines'],
  json: ['application/json'],
  parquet: ['application/vnd.apache.parquet', 'application/x-parquet', 'application/parquet'],
  text: ['text/plain'],
  zip: ['application/zip', 'application/x-zip-compressed'],
  tar: ['application/x-tar', 'application/x-gtar', 'application/x-compressed-tar', 'application/tar+gzip'],
};
const formats = Object.keys(typesOf) as DatasetFormat[];

export const uploadMediaTypes = [...formats.map((format) => typesOf[format][0]), 'multipart/form-data'];
export const acceptedMediaTypes = formats.flatMap((format) => typesOf[format]);

const extensions: Record<string, DatasetFormat> = {
  csv: 'csv',
  tsv: 'tsv',
  tab: 'tsv',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  json: 'json',
  parquet: 'parquet',
  txt: 'text',
  zip: 'zip',
  tar: 'tar',
  tgz: 'tar',
};

/** `text/csv; charset=utf-8` → csv; null for what is not taken. */
export function formatOfType(contentType: string): DatasetFormat | null {
  const type = contentType.split(';', 1)[0]!.trim().toLowerCase();
  return formats.find((format) => typesOf[format].includes(type)) ?? null;
}

/** weather.csv.gz → csv; null when the name tells nothing. */
export function formatOfName(filename: string | null): DatasetFormat | null {
  const extension = /\.([a-z]+)(\.(gz|zst|zstd))?$/i.exec(filename ?? '')?.[1]?.toLowerCase() ?? '';
  return Object.hasOwn(extensions, extension) ? extensions[extension]! : null;
}

const charsets: Record<string, Charset> = {
  'utf-8': 'utf-8',
  utf8: 'utf-8',
  'us-ascii': 'utf-8',
  'utf-16': 'utf-16le',
  'utf-16le': 'utf-16le',
  'utf-16be': 'utf-16be',
  'iso-8859-1': 'windows-1252',
  latin1: 'windows-1252',
  'windows-1252': 'windows-1252',
};
export const charsetNames = ['utf-8', 'utf-16', 'iso-8859-1', 'windows-1252'];

/** What a Content-Type says: undefined when it says nothing, null when it is not known. */
export function charsetOf(contentType: string): Charset | null | undefined {
  const name = /charset\s*=\s*"?([^\s;"]+)/i.exec(contentType)?.[1]?.toLowerCase();
  if (name === undefined) return undefined;
  return Object.hasOwn(charsets, name) ? charsets[name]! : null;
}

/** How an upload is given back: its media type and the end of its name. */
export function fileOfFormat(format: DatasetFormat): { mediaType: string; extension: string } {
  const [extension] = Object.keys(extensions).filter((one) => extensions[one] === format);
  return { mediaType: typesOf[format][0], extension: `.${extension}` };
}
