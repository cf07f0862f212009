/** Draws follow the distribution that temperature, top-k and top-p leave: Pearson's chi-square test on many, with a fixed seed. */
import { describe, expect, test } from 'vitest';
import { randomStream } from '../random/random-stream.ts';
import { sample, type Sampling } from './sample.ts';

const probabilities = [0.05, 0.4, 0.02, 0.25, 0.03, 0.15, 0.1];
const logits = probabilities.map((p) => Math.log(p) + 3);
const everything: Sampling = { temperature: 1, topK: null, topP: 1 };
const draws = 20_000;
/** Quantiles of χ² at 0.999 by degrees of freedom 1 to 6 (standard tables). */
const critical = [10.828, 13.816, 16.266, 18.467, 20.515, 22.458];

function counts(sampling: Partial<Sampling>, excluded?: ReadonlySet<number>): number[] {
  const random = randomStream(11, 'draws');
  const found = new Array<number>(logits.length).fill(0);
  for (let draw = 0; draw < draws; draw++)
    found[sample(logits, { ...everything, ...sampling }, random.next(), excluded).token]! += 1;
  return found;
}

function expectDistribution(found: readonly number[], weights: readonly number[]): void {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let statistic = 0;
  weights.forEach((weight, token) => {
    if (weight === 0) expect(found[token]).toBe(0);
    else {
      const expected = (draws * weight) / total;
      statistic += (found[token]! - expected) ** 2 / expected;
    }
  });
  const freedom = weights.filter((weight) => weight > 0).length - 1;
  if (freedom > 0) expect(statistic).toBeLessThan(critical[freedom - 1]!);
}

const only = (kept: readonly number[]) => probabilities.map((p, token) => (kept.includes(token) ? p : 0));

describe('draws follow', () => {
  test("the network's own distribution", () => expectDistribution(counts({}), probabilities));
  test.each([0.5, 2])('that of a temperature of %d', (temperature) =>
    expectDistribution(
      counts({ temperature }),
      probabilities.map((p) => p ** (1 / temperature)),
    ),
  );
  test('the three likeliest', () => expectDistribution(counts({ topK: 3 }), only([1, 3, 5])));
  test('the fewest that reach 0.7', () => expectDistribution(counts({ topP: 0.7 }), only([1, 3, 5])));
  test('the likeliest alone where it reaches the share', () =>
    expectDistribution(counts({ topP: 0.4 }), only([1])));
  test('a share of what top-k leaves', () =>
    // 0.4 and 0.25 are 0.8125 of the three
    expectDistribution(counts({ topK: 3, topP: 0.8 }), only([1, 3])));
  test('a share of what temperature makes', () => {
    const flat = probabilities.map((p) => p ** 0.5);
    const total = flat.reduce((sum, p) => sum + p, 0);
    // at temperature 2 the two likeliest come to less than half
    expect((flat[1]! + flat[3]!) / total).toBeLessThan(0.5);
    expectDistribution(
      counts({ temperature: 2, topP: 0.5 }),
      flat.map((p, token) => ([1, 3, 5].includes(token) ? p : 0)),
    );
  });
  test('those that are not excluded', () =>
    expectDistribution(counts({}, new Set([1, 2])), only([0, 3, 4, 5, 6])));
});

test('each token has its share of the random numbers', () => {
  const even = [0, 0, 0, 0];
  expect([0, 0.2499, 0.25, 0.5, 0.75, 0.9999].map((u) => sample(even, everything, u).token)).toEqual([
    0, 0, 1, 2, 3, 3,
  ]);
});

test('temperature 0 and top-k 1 take the likeliest, the first of equals', () => {
  expect(sample([1, 3, 3, 2], { ...everything, temperature: 0 }, 0.99).token).toBe(1);
  expect(sample([1, 3, 3, 2], { ...everything, topK: 1 }, 0.99).token).toBe(1);
});

test('the log-probability is the network’s own', () => {
  const { token, logProbability } = sample(logits, { temperature: 0.3, topK: 2, topP: 0.9 }, 0);
  expect(token).toBe(1);
  expect(logProbability).toBeCloseTo(Math.log(0.4), 12);
});

test('scores far apart stay numbers', () => {
  const drawn = sample([-1e4, 1e4, 0], { ...everything, temperature: 0.01 }, 0.5);
  expect(drawn).toEqual({ token: 1, logProbability: 0 });
});

test('where nothing may be drawn there is nothing to draw', () => {
  expect(() => sample([1, 2], everything, 0.5, new Set([0, 1]))).toThrow('a token that may be drawn');
});
