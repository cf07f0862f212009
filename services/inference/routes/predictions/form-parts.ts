/** Rows that came in a form, and their files as they are. (In the request itself, which is JSON, a file stands in base64.) */
const forms = new WeakMap<object, Map<string, Uint8Array>>();

/** @param bytes - of a file; null: the part is a field */
export function notePart(row: object, column: string, bytes: Uint8Array | null): void {
  const files = forms.get(row) ?? new Map<string, Uint8Array>();
  forms.set(row, files);
  if (bytes !== null) files.set(column, bytes);
}

/** The files of a row, by column; undefined where it was not in a form. */
export const filesOf = (row: object): ReadonlyMap<string, Uint8Array> | undefined => forms.get(row);
