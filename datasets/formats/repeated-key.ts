/** The first key that an object has twice: JSON.parse takes the last of its values, and says nothing. */
import { createScanner } from 'jsonc-parser';

/** What stands behind a key, and may stand in a text. */
const keyEnd = /"[ \t\r\n]*:/g;

/**
 * @param text - JSON of an object, nested however deep: tokens are read one after the other, with no recursion
 * @param keys - how many different ones the object has, once it is parsed
 * @returns null where each key is there once
 */
export function repeatedKey(text: string, keys: number): string | null {
  // cheaper than to read the tokens, and enough for nearly all objects
  if ((text.match(keyEnd)?.length ?? 0) <= keys) return null;
  const known = new Set<string>();
  const scanner = createScanner(text, true);
  let depth = 0;
  let before = '';
  for (;;) {
    scanner.scan();
    const sign = text[scanner.getTokenOffset()];
    if (sign === undefined) return null;
    if (sign === '{' || sign === '[') depth++;
    if (sign === '}' || sign === ']') depth--;
    if (sign === ':' && depth === 1) {
      if (known.has(before)) return before;
      known.add(before);
    }
    before = scanner.getTokenValue();
  }
}
