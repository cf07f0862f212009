/**
 * Temporary files of a worker: one folder per process below DATA_DIR/work (the storage's own file system, so that what
 * is finished can be moved). A worker touches its folder now and then; one that nobody touches any more belongs to a
 * worker that was killed, and any other may remove it.
 */
import { mkdir, mkdtemp, readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';

export interface WorkDirectory {
  /** A new empty folder; `remove` deletes it with all that is in it. */
  create(): Promise<{ path: string; remove: () => Promise<void> }>;
  /** Says that the folder is in use. */
  touch(): Promise<void>;
  /** Removes the folders of others that were last touched before `before`. How many there were. */
  removeAbandoned(before: Date): Promise<number>;
  /** Removes the folder of this process. */
  close(): Promise<void>;
}

const remove = (path: string): Promise<void> => rm(path, { recursive: true, force: true });

export async function openWorkDirectory(root: string): Promise<WorkDirectory> {
  await mkdir(root, { recursive: true });
  const own = await mkdtemp(join(root, 'worker-'));

  return {
    async create() {
      // Others may have taken this process for dead while it slept.
      await mkdir(own, { recursive: true });
      const path = await mkdtemp(join(own, 'job-'));
      return { path, remove: () => remove(path) };
    },
    async touch() {
      await mkdir(own, { recursive: true });
      const now = new Date();
      await utimes(own, now, now);
    },
    async removeAbandoned(before) {
      let removed = 0;
      for (const name of await readdir(root)) {
        const path = join(root, name);
        const status = await stat(path).catch(() => null);
        if (path === own || status === null || status.mtime >= before) continue;
        await remove(path);
        removed++;
      }
      return removed;
    },
    close: () => remove(own),
  };
}
