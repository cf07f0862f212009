/** What an upload is, and what it says of itself. */
import { Type, type Static } from 'typebox';

export const DatasetFormat = Type.Union([
  Type.Literal('csv'),
  Type.Literal('tsv'),
  Type.Literal('ndjson'),
  Type.Literal('json'),
  Type.Literal('parquet'),
  Type.Literal('text'),
  Type.Literal('zip'),
  Type.Literal('tar'),
]);
export type DatasetFormat = Static<typeof DatasetFormat>;

export const TextRows = Type.Union([
  Type.Literal('document'),
  Type.Literal('paragraph'),
  Type.Literal('line'),
]);
export type TextRows = Static<typeof TextRows>;

export const Charset = Type.Union([
  Type.Literal('utf-8'),
  Type.Literal('utf-16le'),
  Type.Literal('utf-16be'),
  Type.Literal('windows-1252'),
]);
export type Charset = Static<typeof Charset>;

/** Stored beside the upload; what is absent is found out from the bytes. */
export const DatasetReading = Type.Object(
  { charset: Type.Optional(Charset), text_rows: Type.Optional(TextRows) },
  { additionalProperties: false },
);
export type DatasetReading = Static<typeof DatasetReading>;
