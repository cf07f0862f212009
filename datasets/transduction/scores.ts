/**
 * Scores of written texts beside baselines, on the same inputs. Definitions: docs/metrics.md; checked against other implementations
 * (test/golden/transduction.py).
 */
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

/** @param references - of each input what would be right */
export function scoreWriting(
  written: readonly Tokens[],
  references: readonly (readonly Tokens[])[],
): WritingScores {
  let [exact, edits, tokens, normalized] = [0, 0, 0, 0];
  written.forEach((own, index) => {
    const { edits: away, reference } = nearest(own, references[index]!);
    if (away === 0) exact++;
    edits += away;
    tokens += reference.length;
    normalized += away / Math.max(1, own.length, reference.length);
  });
  return {
    exact_match: exact / written.length,
    // nothing was to be written anywhere: each token that was is an error
    token_error_rate: edits / Math.max(1, tokens),
    normalized_edit_distance: normalized / written.length,
  };
}

/** The sequence that stands there most often; of equally frequent ones the lesser. */
export function mostFrequentSequence(sequences: Iterable<Tokens>): Tokens {
  const counts = new Map<string, number>();
  for (const tokens of sequences) {
    const key = JSON.stringify(tokens);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  let best: readonly [string, number] | null = null;
  for (const [key, count] of counts) {
    if (best === null || count > best[1] || (count === best[1] && key < best[0])) best = [key, count];
  }
  return best === null ? [] : (JSON.parse(best[0]) as Tokens);
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
