/** Objects as files below one folder. */
import type { ObjectStorage } from '../../domain/ports/object-storage.ts';

/** `sweep` removes temporary files that a crash left and that are older than `olderThanMs`; answers how many. */
export declare function openFileStorage(
  root: string,
): ObjectStorage & { sweep(olderThanMs: number): Promise<number> };
