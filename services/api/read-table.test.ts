import { expect, it } from 'vitest';
import type { Dataset } from '../../domain/datasets/dataset.ts';
import type { ApiParts } from './parts.ts';
import { readTable } from './read-table.ts';

const failure = new Error('the file vanished');

function read(isThere: boolean) {
  const released: boolean[] = [];
  const parts = {
    storage: { localPath: async () => ({ path: '/t', release: async () => void released.push(true) }) },
    datasets: { find: async () => (isThere ? ({} as Dataset) : null) },
  } as unknown as Pick<ApiParts, 'storage' | 'datasets'>;
  const dataset = { id: 'ds_1', tableKey: 'k' };
  return { released, result: readTable(parts, dataset, () => Promise.reject(failure)) };
}

it('says that a dataset is gone when it was deleted while it was read', async () => {
  const { released, result } = read(false);
  await expect(result).rejects.toMatchObject({ code: 'not_found', message: 'There is no dataset ds_1' });
  expect(released).toEqual([true]);
});

it('passes on what is wrong with a dataset that is there', async () => {
  await expect(read(true).result).rejects.toBe(failure);
});
