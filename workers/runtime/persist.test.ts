import { describe, expect, it } from 'vitest';
import { persist } from './persist.ts';

describe('persist', () => {
  it('tries again while there is an outage, and says which try it is', async () => {
    const tries: number[] = [];
    const errors: string[] = [];
    const answer = await persist(
      async (attempt) => {
        tries.push(attempt);
        if (attempt < 6) throw new Error(`down ${attempt}`);
        return 'written';
      },
      { isOutage: async () => true, onRetry: ({ message }) => void errors.push(message) },
    );
    expect(answer).toBe('written');
    expect(tries).toEqual([1, 2, 3, 4, 5, 6]);
    expect(errors).toEqual(['down 1', 'down 2', 'down 3', 'down 4', 'down 5']);
  });

  it('gives up on an error that stays while the database answers', async () => {
    let tries = 0;
    const write = persist(
      async () => {
        tries++;
        throw new Error('value out of range');
      },
      { isOutage: async () => false, onRetry: () => undefined },
    );
    await expect(write).rejects.toThrow('value out of range');
    expect(tries).toBe(4);
  });

  it('counts only tries in a row: a server that crashes again and again is away now and then', async () => {
    let tries = 0;
    const step = async (): Promise<string> => {
      if (++tries < 6) throw new Error('closed');
      return 'written';
    };
    expect(await persist(step, { isOutage: async () => tries === 3, onRetry: () => undefined })).toBe(
      'written',
    );
  });
});
