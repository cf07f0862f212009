/**
 * The baseline that texts are measured against: a bag of words and a logistic regression, without any order of the words.
 *
 * Words as the tokenizer sees them, weighted by tf-idf with sublinear counts and scaled to length 1, as scikit-learn's
 * TfidfVectorizer(sublinear_tf=True, min_df=2) does; softmax regression with a quadratic penalty of C = 10, fitted by Nesterov's accelerated
 * gradient from 0: no randomness anywhere.
 */
import { tokenize, type TextReading } from '../features/tokenize.ts';

/** Words in fewer texts than this are left out. */
const leastTexts = 2;
const inverseStrength = 10;
const mostIterations = 300;
const leastIterations = 20;
/** Multiply-adds of the whole fit: a few seconds. */
const mostWork = 3e9;

/** A text: the numbers of its words and how much each weighs. */
interface Bag {
  readonly words: Uint32Array;
  readonly weights: Float64Array;
}

function countWords(text: string, reading: TextReading): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of tokenize(text, reading)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

interface Words {
  readonly numbers: ReadonlyMap<string, number>;
  readonly rarity: Float64Array;
}

function fitWords(texts: readonly ReadonlyMap<string, number>[]): Words {
  const found = new Map<string, number>();
  for (const text of texts) for (const word of text.keys()) found.set(word, (found.get(word) ?? 0) + 1);
  const kept = [...found].filter(([, count]) => count >= leastTexts);
  return {
    numbers: new Map(kept.map(([word], index) => [word, index])),
    rarity: Float64Array.from(kept, ([, count]) => Math.log((1 + texts.length) / (1 + count)) + 1),
  };
}

function bagOf(text: ReadonlyMap<string, number>, { numbers, rarity }: Words): Bag {
  const known = [...text].flatMap(([word, count]) => {
    const number = numbers.get(word);
    return number === undefined ? [] : [{ number, weight: (1 + Math.log(count)) * rarity[number]! }];
  });
  const length = Math.sqrt(known.reduce((sum, { weight }) => sum + weight * weight, 0));
  return {
    words: Uint32Array.from(known, ({ number }) => number),
    weights: Float64Array.from(known, ({ weight }) => weight / length),
  };
}

/** Log-probabilities of C labels for one text. @param model - [words + 1, C], the constants last */
function logProbabilities({ words, weights }: Bag, model: Float64Array, C: number, into: Float64Array): void {
  into.set(model.subarray(model.length - C));
  for (let i = 0; i < words.length; i++) {
    const [first, weight] = [words[i]! * C, weights[i]!];
    for (let c = 0; c < C; c++) into[c]! += weight * model[first + c]!;
  }
  const highest = Math.max(...into);
  const sum = into.reduce((total, value) => total + Math.exp(value - highest), 0);
  for (let c = 0; c < C; c++) into[c]! -= highest + Math.log(sum);
}

/** Fitted weights [words + 1, C]; null where it would take too long. */
function fit(
  bags: readonly Bag[],
  classes: ArrayLike<number>,
  words: number,
  C: number,
): Float64Array | null {
  const numbers = bags.reduce((sum, bag) => sum + bag.words.length + 1, 0) * C + words * C;
  const iterations = Math.min(mostIterations, Math.floor(mostWork / (2 * numbers)));
  if (iterations < leastIterations) return null;
  const size = (words + 1) * C;
  const penalty = 1 / (inverseStrength * bags.length);
  // a bag and its constant have a square length of 2 at most, and the softmax halves it
  const rate = 1 / (1 + penalty);
  let model = new Float64Array(size);
  let ahead = new Float64Array(size);
  const scores = new Float64Array(C);
  for (let iteration = 0; iteration < iterations; iteration++) {
    const gradient = ahead.map((weight, index) => (index < words * C ? penalty * weight : 0));
    bags.forEach((bag, row) => {
      logProbabilities(bag, ahead, C, scores);
      for (let c = 0; c < C; c++) {
        const pull = (Math.exp(scores[c]!) - (classes[row] === c ? 1 : 0)) / bags.length;
        for (let i = 0; i < bag.words.length; i++) gradient[bag.words[i]! * C + c]! += pull * bag.weights[i]!;
        gradient[words * C + c]! += pull;
      }
    });
    const next = ahead.map((weight, index) => weight - rate * gradient[index]!);
    const momentum = iteration / (iteration + 3);
    ahead = next.map((weight, index) => weight + momentum * (weight - model[index]!));
    model = next;
  }
  return model;
}

/**
 * @param o - texts and the numbers of their labels, of the training part and of the part that is scored; C: labels
 * @returns log-probabilities [scored texts, C]; null where the fit would take too long
 */
export function bagOfWords(o: {
  training: { readonly texts: readonly string[]; readonly classes: ArrayLike<number> };
  scored: readonly string[];
  labels: number;
  reading: TextReading;
}): Float64Array | null {
  const C = o.labels;
  const reading: TextReading = { ...o.reading, encoding: 'words', max_length: 10_000 };
  const texts = o.training.texts.map((text) => countWords(text, reading));
  const words = fitWords(texts);
  const bags = texts.map((text) => bagOf(text, words));
  const model = fit(bags, o.training.classes, words.rarity.length, C);
  if (model === null) return null;
  const result = new Float64Array(o.scored.length * C);
  o.scored.forEach((text, row) => {
    logProbabilities(
      bagOf(countWords(text, reading), words),
      model,
      C,
      result.subarray(row * C, (row + 1) * C),
    );
  });
  return result;
}
