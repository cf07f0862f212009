/** The bytes of base64 text, with or without a data URL's head, or bytes as they are; null for what is none. */
export function readBase64(value: unknown): Uint8Array | null {
  if (value instanceof Uint8Array) return value;
  if (typeof value !== 'string') return null;
  const text = value.replace(/^data:[\w/+.-]*;base64,/, '').replaceAll(/\s/g, '');
  if (text === '' || text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null;
  return new Uint8Array(Buffer.from(text, 'base64'));
}
