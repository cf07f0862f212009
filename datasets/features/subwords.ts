/**
 * Byte-pair subwords (Sennrich, Haddow & Birch 2016): from characters on, the two neighbours that are most frequent in the words of the training part become one, again
 * and again. The pairs are found by Hugging Face's tokenizers, which also is what tests hold this file against; taking words apart by them is done here, so
 * that predictions need nothing but what is on the model's card.
 */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Neighbours that become one. */
export type Merge = readonly [left: string, right: string];

export interface Subwords {
  /** The known characters, the more frequent first, then what merges make, in their order. */
  readonly vocabulary: readonly string[];
  /** The first of them first. */
  readonly merges: readonly Merge[];
}

/** Stands between words in the file that the library reads, and between the parts of a pair; words that hold it are taken for two. */
const between = '\u0000';
const charactersPerWrite = 1 << 20;
/** Words that are remembered with their subwords; then it begins anew. */
const mostRemembered = 50_000;

const keyOf = (left: string, right: string): string => left + between + right;

/**
 * Takes words apart.
 * @param onMerge - is told of each merge that is carried out, by number
 */
export function subwordSplitter(
  merges: readonly Merge[],
  onMerge?: (merge: number) => void,
): (word: string) => readonly string[] {
  const ranks = new Map(merges.map(([left, right], rank) => [keyOf(left, right), rank]));
  return (word) => {
    let parts = Array.from(word);
    for (;;) {
      let first = Infinity;
      for (let at = 0; at + 1 < parts.length; at++)
        first = Math.min(first, ranks.get(keyOf(parts[at]!, parts[at + 1]!)) ?? Infinity);
      if (first === Infinity) return parts;
      const [left, right] = merges[first]!;
      const next: string[] = [];
      for (let at = 0; at < parts.length; at++) {
        if (parts[at] === left && parts[at + 1] === right) {
          next.push(left + right);
          onMerge?.(first);
          at += 1;
        } else next.push(parts[at]!);
      }
      parts = next;
    }
  };
}

/** The same for words that come again and again. */
export function rememberingSplitter(merges: readonly Merge[]): (word: string) => readonly string[] {
  const split = subwordSplitter(merges);
  const known = new Map<string, readonly string[]>();
  return (word) => {
    const before = known.get(word);
    if (before) return before;
    const parts = split(word);
    if (known.size >= mostRemembered) known.clear();
    known.set(word, parts);
    return parts;
  };
}

/**
 * @param words - how often each stands in the training part
 * @param o - size: characters and subwords there are at most; minimum: characters that are less frequent are not known, and neighbours that are less often side by side don't become one
 */
export async function fitSubwords(
  words: ReadonlyMap<string, number>,
  o: { readonly size: number; readonly minimum: number; readonly workFolder?: string | undefined },
): Promise<Subwords> {
  const characters = new Map<string, number>();
  for (const [word, count] of words)
    for (const character of word) characters.set(character, (characters.get(character) ?? 0) + count);
  const vocabulary = new Set(
    [...characters]
      .filter(([, count]) => count >= o.minimum)
      .sort(([a, left], [b, right]) => right - left || (a < b ? -1 : 1))
      .slice(0, o.size)
      .map(([character]) => character),
  );
  const found = await findMerges(words, o.workFolder ?? tmpdir());
  const counts = mergeCounts(words, found);
  const merges: Merge[] = [];
  for (const [index, [left, right]] of found.entries()) {
    // later ones are no more frequent
    if (counts[index]! < o.minimum || vocabulary.size >= o.size) break;
    if (!vocabulary.has(left) || !vocabulary.has(right)) continue;
    vocabulary.add(left + right);
    merges.push([left, right]);
  }
  return { vocabulary: [...vocabulary], merges };
}

/** How often each merge is carried out in all words together. */
function mergeCounts(words: ReadonlyMap<string, number>, merges: readonly Merge[]): Float64Array {
  const counts = new Float64Array(merges.length);
  let times = 0;
  const split = subwordSplitter(merges, (merge) => {
    counts[merge]! += times;
  });
  for (const [word, count] of words) {
    times = count;
    split(word);
  }
  return counts;
}

/** All that the library finds, up to 30,000 subwords: it takes its words from a file, and no limits. */
async function findMerges(words: ReadonlyMap<string, number>, workFolder: string): Promise<readonly Merge[]> {
  // a library of native code, which only training needs
  const { BPE, charDelimiterSplit, Tokenizer } = await import('tokenizers');
  const folder = mkdtempSync(join(workFolder, 'subwords-'));
  try {
    const path = join(folder, 'words');
    const file = openSync(path, 'w');
    try {
      for (const [word, count] of words) {
        const atOnce = Math.max(1, Math.floor(charactersPerWrite / (word.length + 1)));
        for (let left = count; left > 0; left -= atOnce)
          // whole, or an error: a full disk takes a part of what writeSync is given
          writeFileSync(file, (word + between).repeat(Math.min(left, atOnce)));
      }
    } finally {
      closeSync(file);
    }
    const tokenizer = new Tokenizer(BPE.empty());
    tokenizer.setPreTokenizer(charDelimiterSplit(between));
    tokenizer.train([path]);
    const saved = join(folder, 'tokenizer.json');
    tokenizer.save(saved);
    const { model } = JSON.parse(readFileSync(saved, 'utf8')) as { model: { merges: Merge[] } };
    return model.merges;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
