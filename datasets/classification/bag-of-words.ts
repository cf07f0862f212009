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

/** @param found - in how many of so many texts each word stands */
function knownWords(found: ReadonlyMap<string, number>, texts: number): Words {
  const kept = [...found].filter(([, count]) => count >= leastTexts);
  return {
    numbers: new Map(kept.map(([word], index) => [word, index])),
    rarity: Float64Array.from(kept, ([, count]) => Math.log((1 + texts) / (1 + count)) + 1),
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

/** How often the fit can go over so many words of bags, of so many known ones; null: it would take too long. */
function iterationsOf(wordsInBags: number, words: number, C: number): number | null {
  const iterations = Math.min(mostIterations, Math.floor(mostWork / (2 * (wordsInBags + words) * C)));
  return iterations < leastIterations ? null : iterations;
}

/** Fitted weights [words + 1, C]. */
function fit(o: {
  readonly bags: readonly Bag[];
  readonly classes: ArrayLike<number>;
  readonly words: number;
  readonly C: number;
  readonly iterations: number;
}): Float64Array {
  const { bags, classes, words, C, iterations } = o;
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
 * @param o - texts: of all rows, which are read twice, one after the other; training, scored: the rows that it learns from, and those that it tells the labels of, in rising order; classes: the
 *   numbers of their labels, of all rows; labels: C
 * @returns log-probabilities [scored texts, C]; null where the fit would take too long
 */
export async function bagOfWords(o: {
  texts: () => Iterable<string> | AsyncIterable<string>;
  training: Uint32Array;
  scored: Uint32Array;
  classes: ArrayLike<number>;
  labels: number;
  reading: TextReading;
}): Promise<Float64Array | null> {
  const C = o.labels;
  const reading: TextReading = { ...o.reading, encoding: 'words', max_length: 10_000 };

  const found = new Map<string, number>();
  let [row, next] = [0, 0];
  for await (const text of o.texts()) {
    if (o.training[next] !== row++) continue;
    next += 1;
    for (const word of countWords(text, reading).keys()) found.set(word, (found.get(word) ?? 0) + 1);
  }
  const words = knownWords(found, o.training.length);
  const size = words.rarity.length;
  const mostInBags = [...found.values()].reduce((sum, count) => sum + (count >= leastTexts ? count : 0), 0);
  const iterations = iterationsOf(mostInBags + o.training.length, size, C);
  if (iterations === null) return null;
  found.clear();

  const [bags, others]: [Bag[], Bag[]] = [[], []];
  row = 0;
  for await (const text of o.texts()) {
    const isLearnt = o.training[bags.length] === row;
    const isTold = o.scored[others.length] === row;
    row += 1;
    if (!isLearnt && !isTold) continue;
    const bag = bagOf(countWords(text, reading), words);
    if (isLearnt) bags.push(bag);
    if (isTold) others.push(bag);
  }
  const classes = Array.from(o.training, (own) => o.classes[own]!);
  const model = fit({ bags, classes, words: size, C, iterations });
  const result = new Float64Array(o.scored.length * C);
  others.forEach((bag, place) => {
    logProbabilities(bag, model, C, result.subarray(place * C, (place + 1) * C));
  });
  return result;
}
