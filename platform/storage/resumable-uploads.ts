/**
 * Uploads that come in pieces (tus 1.0.0), until they are whole: `<root>/<id>` with the bytes so far, `<root>/<id>.json` with what was
 * said of them. How far one has come is the length of its file: whatever a crash leaves can be gone on with.
 */
import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FileStore } from '@tus/file-store';

export interface UnfinishedUpload {
  readonly id: string;
  /** Null while the client has not said how long it will be. */
  readonly size: number | null;
  readonly offset: number;
  readonly metadata: Readonly<Record<string, string | null>>;
  readonly expiresAt: Date;
}

export interface ResumableUploads {
  readonly store: FileStore;
  find(id: string): Promise<UnfinishedUpload | null>;
  /** Another name for the bytes of a whole upload, to be moved elsewhere: the upload stays until it is removed. */
  handOut(id: string): Promise<string>;
  remove(id: string): Promise<void>;
  /** Removes those whose time is up. How many there were. */
  sweep(): Promise<number>;
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

export function openResumableUploads(root: string, o: { expireAfterMs: number }): ResumableUploads {
  const store = new FileStore({ directory: root, expirationPeriodInMilliseconds: o.expireAfterMs });

  const remove = async (id: string): Promise<void> => {
    await mkdir(root, { recursive: true });
    for (const name of await readdir(root))
      if (name.split('.', 1)[0] === id) await rm(join(root, name), { force: true });
  };

  return {
    store,
    remove,

    find: async (id) => {
      if (!/^\w+$/.test(id)) return null;
      const found = await store.getUpload(id).catch(() => null);
      if (found === null) return null;
      const { size = null, offset, metadata = {}, creation_date: created } = found;
      const expiresAt = new Date(new Date(created ?? 0).getTime() + o.expireAfterMs);
      return { id, size, offset, metadata, expiresAt };
    },

    handOut: async (id) => {
      const whole = join(root, `${id}.${randomUUID()}`);
      await link(join(root, id), whole);
      return whole;
    },

    sweep: async () => {
      await mkdir(root, { recursive: true });
      const files = await readdir(root);
      const ids = new Set(files.map((name) => name.split('.', 1)[0]!));
      let swept = 0;
      for (const id of ids) {
        // Written when the upload began.
        const began = files.includes(`${id}.json`)
          ? `${id}.json`
          : files.find((name) => name.startsWith(id))!;
        try {
          if (Date.now() - (await stat(join(root, began))).mtimeMs < o.expireAfterMs) continue;
        } catch (error) {
          if (isMissing(error)) continue;
          throw error;
        }
        await remove(id);
        swept += 1;
      }
      return swept;
    },
  };
}
