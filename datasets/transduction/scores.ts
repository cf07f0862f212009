/**
 * Scores of written texts beside baselines, on the same inputs. Definitions: docs/metrics.md; checked against other implementations
 * (test/golden/transduction.py).
 */
import { createHash } from 'node:crypto';
import { distance } from 'fastest-levenshtein';
import type { WritingScores } from '../../domain/models/transduction-card.ts';

type Tokens = readonly string[];

/** Tokens to insert, delete or replace on the way from one to the other (Levenshtein 1966). */
export function editDistance(a: Tokens, b: Tokens): number {
  // each different token of the two as a character of its own
  const signs = new Map<string, string>();
  const sign = (token: string): string => {
    const known = signs.get(token);
    if (known !== undefined) return known;
    const made = String.fromCharCode(signs.size);
    signs.set(token, made);
    return made;
  };
  return distance(a.map(sign).join(''), b.map(sign).join(''));
}

interface Nearest {
  readonly edits: number;
  readonly reference: Tokens;
}

/** The reference with the fewest edits; of these the longest, of these the first. */
function nearest(written: Tokens, references: readonly Tokens[]): Nearest {
  let best: Nearest | null = null;
  for (const reference of references) {
    const edits = editDistance(written, reference);
    const isBetter =
      best === null ||
      edits < best.edits ||
      (edits === best.edits && reference.length > best.reference.length);
    if (isBetter) best = { edits, reference };
  }
  if (best === null) throw new Error('internal: an input without a target');
  return best;
}

/** What was written for an input, and all that would be right. */
export interface Judged {
  readonly written: Tokens;
  readonly references: readonly Tokens[];
}

export function scoreWriting(judged: Iterable<Judged>): WritingScores {
  let [count, exact, edits, tokens, normalized] = [0, 0, 0, 0, 0];
  for (const { written, references } of judged) {
    const { edits: away, reference } = nearest(written, references);
    count++;
    if (away === 0) exact++;
    edits += away;
    tokens += reference.length;
    normalized += away / Math.max(1, written.length, reference.length);
  }
  return {
    exact_match: exact / count,
    // nothing was to be written anywhere: each token that was is an error
    token_error_rate: edits / Math.max(1, tokens),
    normalized_edit_distance: normalized / count,
  };
}

/**
 * The sequence that stands there most often; of equally frequent ones the lesser. 64 bits of a digest are held of each, so they are read twice.
 * @param count - how many there are
 */
export async function mostFrequentSequence(
  sequences: () => AsyncIterable<Tokens>,
  count: number,
): Promise<Tokens> {
  const digests = new BigUint64Array(count);
  let at = 0;
  for await (const tokens of sequences()) digests[at++] = digestOf(JSON.stringify(tokens));
  digests.sort();
  const most = longestRun(digests);
  let best: string | null = null;
  for await (const tokens of sequences()) {
    const key = JSON.stringify(tokens);
    if (best !== null && key >= best) continue;
    const digest = digestOf(key);
    const first = firstAtLeast(digests, digest);
    if (digests[first + most - 1] === digest) best = key;
  }
  return best === null ? [] : (JSON.parse(best) as Tokens);
}

const digestOf = (key: string): bigint => createHash('sha256').update(key).digest().readBigUInt64LE();

/** How often the most frequent of sorted numbers is there. */
function longestRun(sorted: BigUint64Array): number {
  let [most, run] = [0, 0];
  for (let at = 0; at < sorted.length; at++) {
    run = at > 0 && sorted[at] === sorted[at - 1] ? run + 1 : 1;
    most = Math.max(most, run);
  }
  return most;
}

/** The place of the first of sorted numbers that is at least so large. */
function firstAtLeast(sorted: BigUint64Array, least: bigint): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < least) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Mean of −log P of symbols whose probabilities are their shares in training, each counted once more than it is there.
 * @param sequences - ids, the end included
 * @param ids - those that can be written
 */
export function frequencyLogLoss(
  training: Iterable<ArrayLike<number>>,
  test: Iterable<ArrayLike<number>>,
  ids: readonly number[],
): number {
  const counts = new Map(ids.map((id) => [id, 1]));
  let all = ids.length;
  for (const sequence of training) {
    for (let at = 0; at < sequence.length; at++)
      counts.set(sequence[at]!, (counts.get(sequence[at]!) ?? 0) + 1);
    all += sequence.length;
  }
  let [loss, symbols] = [0, 0];
  for (const sequence of test) {
    for (let at = 0; at < sequence.length; at++) loss -= Math.log(counts.get(sequence[at]!)! / all);
    symbols += sequence.length;
  }
  return loss / Math.max(1, symbols);
}
