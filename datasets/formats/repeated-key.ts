/** The first key that an object has twice: JSON.parse takes the last of its values, and says nothing. */
import { visit } from 'jsonc-parser';

/** What stands behind a key, and may stand in a text. */
const keyEnd = /"[ \t\r\n]*:/g;

/**
 * @param text - JSON of an object
 * @param keys - how many different ones the object has, once it is parsed
 * @returns null where each key is there once
 */
export function repeatedKey(text: string, keys: number): string | null {
  // cheaper than to visit them, and enough for nearly all objects
  if ((text.match(keyEnd)?.length ?? 0) <= keys) return null;
  const known = new Set<string>();
  let repeated: string | null = null;
  visit(text, {
    onObjectProperty: (key, _offset, _length, _line, _character, path) => {
      if (path().length > 0) return;
      if (known.has(key)) repeated ??= key;
      known.add(key);
    },
  });
  return repeated;
}
