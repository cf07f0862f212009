/** What the metadata of an upload in pieces say of its file: pairs of a key and a value, as clients of tus send them. */
import { Value } from 'typebox/value';
import type { Dataset } from '../../../../domain/datasets/dataset.ts';
import { UnrollError } from '../../../../domain/errors/unroll-error.ts';
import { preview } from '../../../http/preview.ts';
import { fieldErrorsOf } from '../../../http/validation.ts';
import {
  charsetNames,
  charsetOf,
  formatOfName,
  formatOfType,
  uploadMediaTypes,
} from '../datasets/media-types.ts';
import { DatasetName, nameRule, UploadQuery } from '../datasets/schemas.ts';

export type DescribedFile = Pick<Dataset, 'name' | 'description' | 'format' | 'reading' | 'onBadRows'>;

type Metadata = Readonly<Record<string, string | null>>;

const wrong = (key: string, message: string): UnrollError =>
  new UnrollError('invalid_request', `In Upload-Metadata, ${key}: ${message}`, {
    errors: [{ pointer: `/Upload-Metadata/${key}`, message }],
  });

const faultsOf = fieldErrorsOf(UploadQuery);

/** Throws `invalid_request` or `unsupported_media_type`. Keys that are not known are passed over: clients add their own. */
export function describedFile(metadata: Metadata): DescribedFile {
  const filename = metadata.filename || null;
  const type = metadata.filetype || null;
  const format = formatOfName(filename) ?? (type === null ? null : formatOfType(type));
  if (format === null)
    throw new UnrollError(
      'unsupported_media_type',
      `expected a \`filename\` in Upload-Metadata that ends in .csv, .parquet, .zip, …, or a \`filetype\` of ${uploadMediaTypes.slice(0, -1).join(', ')}, got ${preview(filename)} and ${preview(type)}`,
    );
  const charset = type === null ? undefined : charsetOf(type);
  if (charset === null)
    throw wrong('filetype', `expected a charset of ${charsetNames.join(', ')}, got ${preview(type)}`);
  const name = metadata.name || filename || 'dataset';
  if (!Value.Check(DatasetName, name))
    throw wrong(metadata.name ? 'name' : 'filename', `expected ${nameRule}, got ${preview(name)}`);
  const { description, rows } = metadata;
  const onBadRows = metadata.on_bad_rows || 'reject';
  const asked = { on_bad_rows: onBadRows, ...(description && { description }), ...(rows && { rows }) };
  if (!Value.Check(UploadQuery, asked)) {
    const [error] = faultsOf(asked);
    throw wrong(error!.pointer.slice(1), error!.message);
  }
  if (asked.rows !== undefined && format !== 'text')
    throw wrong('rows', `expected it with text/plain alone, got it with ${format}`);
  return {
    name,
    description: description || null,
    format,
    reading: {
      ...(charset !== undefined && { charset }),
      ...(asked.rows !== undefined && { text_rows: asked.rows }),
    },
    onBadRows: asked.on_bad_rows,
  };
}
