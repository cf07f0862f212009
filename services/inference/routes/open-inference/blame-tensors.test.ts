import { expect, it } from 'vitest';
import { UnrollError } from '../../../../domain/errors/unroll-error.ts';
import { blameTensors } from './blame-tensors.ts';

const blamed = (message: string) => () =>
  blameTensors(new Error(`Non-zero status code returned while running a node. Status Message: ${message}`));

it('tells which values no operator takes', () => {
  expect(
    blamed('indices element out of data bounds, idx=99999 must be within the inclusive range [-15,14]'),
  ).toThrow(
    new UnrollError(
      'invalid_request',
      'expected ids from 0 to 14, which the model has a vector for, got 99999',
    ),
  );
  expect(
    blamed('Invalid value/s in sequence_lens. All values must be >= 0 and <= seq_length. seq_length=3'),
  ).toThrow(
    new UnrollError(
      'invalid_request',
      'expected lengths from 1 to the 3 steps of the longest input, got others',
    ),
  );
});

it('passes on what no tensor is to blame for', () => {
  const memory = new Error(
    'Non-zero status code returned while running Scan node. Status Message: Failed to allocate memory',
  );
  expect(() => blameTensors(memory)).toThrow(memory);
  const late = new UnrollError('deadline_exceeded', 'expected an answer within 5 ms');
  expect(() => blameTensors(late)).toThrow(late);
});
