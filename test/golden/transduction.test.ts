/** Scores of written texts against nltk's edit distances and PyTorch's log-likelihoods (transduction.py). */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { frequencyLogLoss, scoreWriting } from '../../datasets/transduction/scores.ts';

const golden = JSON.parse(readFileSync(new URL('transduction.json', import.meta.url), 'utf8')) as {
  readonly written: readonly (readonly string[])[];
  readonly references: readonly (readonly (readonly string[])[])[];
  readonly scores: Readonly<Record<string, number>>;
  readonly frequencies: {
    readonly training: readonly (readonly number[])[];
    readonly test: readonly (readonly number[])[];
    readonly writable: readonly number[];
    readonly log_loss: number;
  };
};

it('counts edits to the nearest target as nltk does', () => {
  const scores = scoreWriting(
    golden.written.map((written, index) => ({ written, references: golden.references[index]! })),
  );
  expect(Object.keys(scores).sort()).toEqual(Object.keys(golden.scores).sort());
  for (const [name, value] of Object.entries(scores))
    expect(value, name).toBeCloseTo(golden.scores[name]!, 12);
});

it('takes the likelihood of symbols by their frequency as PyTorch does', () => {
  const { training, test, writable, log_loss: logLoss } = golden.frequencies;
  expect(frequencyLogLoss(training, test, writable)).toBeCloseTo(logLoss, 12);
});
