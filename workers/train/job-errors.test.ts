import { describe, expect, it } from 'vitest';
import { UnrollError } from '../../domain/errors/unroll-error.ts';
import type { ChildExit } from '../runtime/child-process.ts';
import { diverged, errorFromException, errorFromExit } from './job-errors.ts';

const coded = (code: string): Error => Object.assign(new Error(`${code}: write`), { code });

describe('errorFromException', () => {
  it.each([
    [coded('ENOSPC'), 'storage_full'],
    [coded('EDQUOT'), 'storage_full'],
    [new UnrollError('storage_full', 'The storage is full.'), 'storage_full'],
    [coded('ENOMEM'), 'out_of_memory'],
    [new Error('Non-zero status code returned: std::bad_alloc'), 'out_of_memory'],
    [new RangeError('Array buffer allocation failed'), 'out_of_memory'],
    [new Error('anything else'), 'internal'],
    ['not even an error', 'internal'],
    [new UnrollError('internal', 'internal: a broken invariant'), 'internal'],
    [new UnrollError('not_found', 'There is no object datasets/ds_1/table.parquet.'), 'dataset_unreadable'],
  ] as const)('%s → %s', (error, code) => {
    expect(errorFromException(error)).toMatchObject({ code });
  });

  it('takes what goes wrong while the table is read for damage, unless it says otherwise', () => {
    const reading = { reading: true };
    expect(errorFromException(new Error('not a Parquet file'), reading).code).toBe('dataset_unreadable');
    expect(errorFromException(new Error('internal: no windows'), reading).code).toBe('internal');
    expect(errorFromException(coded('ENOMEM'), reading).code).toBe('out_of_memory');
  });

  it('repeats the places of bad data', () => {
    const error = new UnrollError('validation_failed', 'Values are missing.', {
      errors: [{ pointer: '/rows/7/temp_max', message: 'expected a number, got nothing' }],
    });
    expect(errorFromException(error).message).toBe(
      'The dataset could not be used: Values are missing. /rows/7/temp_max: expected a number, got nothing',
    );
  });

  it('tells nothing of the inside of an internal error', () => {
    expect(JSON.stringify(errorFromException(new Error('password=secret')))).not.toContain('secret');
  });
});

describe('diverged', () => {
  it('names the step and a learning rate to try', () => {
    const error = diverged(120, 0.3);
    expect(error.message).toContain('step 120');
    expect(error.hint).toContain('it was 0.3; try 0.03');
  });
});

describe('errorFromExit', () => {
  const exit: ChildExit = { code: null, signal: null, outOfMemory: false, stderr: '' };

  it('takes a kill for something that may pass', () => {
    expect(errorFromExit({ ...exit, signal: 'SIGKILL' })).toMatchObject({
      killed: true,
      error: { code: 'worker_lost' },
    });
  });

  it('knows a kill for want of memory, which may pass too', () => {
    expect(errorFromExit({ ...exit, signal: 'SIGKILL', outOfMemory: true })).toMatchObject({
      killed: true,
      error: { code: 'out_of_memory' },
    });
  });

  it('knows a full heap, which does not pass', () => {
    const stderr = 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory';
    expect(errorFromExit({ ...exit, signal: 'SIGABRT', stderr })).toMatchObject({
      killed: false,
      error: { code: 'out_of_memory' },
    });
  });

  it('takes an end without a last word for our own fault', () => {
    expect(errorFromExit({ ...exit, code: 1 })).toMatchObject({
      killed: false,
      error: { code: 'internal' },
    });
  });
});
