/** The first key that an object has twice: parsers take the last of its values, and say nothing. */

const backslash = 0x5c;
const colon = 0x3a;
/** Space, line feed, carriage return, tab. */
const blanks: ReadonlySet<number> = new Set([0x20, 0x0a, 0x0d, 0x09]);

/**
 * @param text - JSON of an object whose values hold no objects
 * @param keys - how many different ones the object has, once it is parsed
 * @returns null where each key is there once
 */
export function repeatedKey(text: string, keys: number): string | null {
  let written = 0;
  for (const found = keysOf(text); found.next().done !== true;) written += 1;
  if (written === keys) return null;
  const known = new Set<string>();
  for (const [from, to] of keysOf(text)) {
    const key = keyOf(text.slice(from, to));
    if (known.has(key)) return key;
    known.add(key);
  }
  return null;
}

/** Where each key stands, between its quotes. */
function* keysOf(text: string): Generator<readonly [from: number, to: number]> {
  for (let start = text.indexOf('"'); start !== -1;) {
    const end = endOfString(text, start);
    let next = end + 1;
    while (blanks.has(text.charCodeAt(next))) next++;
    if (text.charCodeAt(next) === colon) yield [start + 1, end];
    start = text.indexOf('"', next);
  }
}

/** A key may be written in more than one way. */
const keyOf = (written: string): string =>
  written.includes('\\') ? String(JSON.parse(`"${written}"`)) : written;

/** Where the quote stands that ends a string; the end of a text without one. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let before = at;
    while (text.charCodeAt(before - 1) === backslash) before--;
    if ((at - before) % 2 === 0) return at;
  }
  return text.length;
}
