/** Draws the next token from what a network says of it. */

export interface Sampling {
  /** Divides the scores: below 1 the likely gets likelier, 0 always takes the likeliest. */
  readonly temperature: number;
  /** Draws among the so many likeliest alone (Fan et al. 2018); all if null. */
  readonly topK: number | null;
  /** Draws among the fewest likeliest that together reach this probability (nucleus sampling, Holtzman et al. 2020); 1: all. */
  readonly topP: number;
}

export interface Drawn {
  readonly token: number;
  /** Natural logarithm of its probability, as the network gives it among the tokens that may be drawn: without temperature, topK and topP. */
  readonly logProbability: number;
}

/**
 * Temperature comes first, then topK, then topP of what topK left. Of equally likely tokens the one of the lesser id goes first.
 * @param logits - [V]
 * @param u - a random number from 0 to 1, 1 excluded
 * @param excluded - tokens that are never drawn; at least one other is needed
 */
export function sample(
  logits: ArrayLike<number>,
  { temperature, topK, topP }: Sampling,
  u: number,
  excluded: ReadonlySet<number> = new Set(),
): Drawn {
  const candidates: number[] = [];
  let likeliest = -1;
  for (let token = 0; token < logits.length; token++) {
    if (excluded.has(token)) continue;
    candidates.push(token);
    if (likeliest < 0 || logits[token]! > logits[likeliest]!) likeliest = token;
  }
  if (likeliest < 0) throw new Error('sample: expected a token that may be drawn, got none');
  const highest = logits[likeliest]!;
  const total = candidates.reduce((sum, token) => sum + Math.exp(logits[token]! - highest), 0);
  const drawn = (token: number): Drawn => ({
    token,
    logProbability: logits[token]! - highest - Math.log(total),
  });
  if (temperature === 0 || topK === 1) return drawn(likeliest);

  const weightOf = (token: number) => Math.exp((logits[token]! - highest) / temperature);
  if (topK === null && topP >= 1) return drawn(pick(candidates, candidates.map(weightOf), u));
  const byScore = candidates.sort((a, b) => logits[b]! - logits[a]! || a - b);
  const few = topK === null ? byScore : byScore.slice(0, topK);
  const weights = few.map(weightOf);
  return drawn(pick(few, weights.slice(0, nucleus(weights, topP)), u));
}

/** How many of the first weights, at least one, reach the share. */
function nucleus(weights: readonly number[], share: number): number {
  if (share >= 1) return weights.length;
  const wanted = share * weights.reduce((sum, weight) => sum + weight, 0);
  let reached = 0;
  for (const [index, weight] of weights.entries()) {
    reached += weight;
    if (reached >= wanted) return index + 1;
  }
  return weights.length;
}

/** The token at whose weight the share u of all weights falls. */
function pick(tokens: readonly number[], weights: readonly number[], u: number): number {
  let left = u * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [index, weight] of weights.entries()) {
    left -= weight;
    if (left < 0) return tokens[index]!;
  }
  // what rounding leaves goes to the last that has any weight
  return tokens[weights.findLastIndex((weight) => weight > 0)]!;
}
