/** A value as it may stand in a message: JSON, cut short. */
const longest = 80;

export function preview(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value instanceof Uint8Array) return `a file of ${value.length} bytes`;
  const json = Array.isArray(value)
    ? `a list of ${value.length}`
    : typeof value === 'object' && value !== null
      ? 'an object'
      : JSON.stringify(value);
  return json.length <= longest ? json : `${json.slice(0, longest)}…`;
}
