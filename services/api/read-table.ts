/** Reads a dataset's table, which somebody may delete meanwhile: then it is not there, rather than broken. */
import { UnrollError } from '../../domain/errors/unroll-error.ts';
import type { ApiParts } from './parts.ts';

/** Throws `gone` when the dataset is; otherwise what `read` throws. */
export async function readTable<Result>(
  { storage, datasets }: Pick<ApiParts, 'storage' | 'datasets'>,
  dataset: { readonly id: string; readonly tableKey: string },
  read: (path: string) => Promise<Result>,
  gone = new UnrollError('not_found', `There is no dataset ${dataset.id}`),
): Promise<Result> {
  try {
    const file = await storage.localPath(dataset.tableKey);
    try {
      return await read(file.path);
    } finally {
      await file.release();
    }
  } catch (error) {
    if ((await datasets.find(dataset.id)) !== null) throw error;
    throw gone;
  }
}
