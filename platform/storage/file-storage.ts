/**
 * Objects as files below one folder: `<root>/<key>`.
 *
 * A file under its key is whole: it is written to `<root>/.unfinished`, flushed, and renamed within the same file system,
 * and the folder is flushed. What a crash leaves in `.unfinished` is nobody's, and swept. No key starts with a dot.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, constants, mkdir, open, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { UnrollError } from '../../domain/errors/unroll-error.ts';
import type { ObjectStorage, StoredObject } from '../../domain/ports/object-storage.ts';

export interface FileStorage extends ObjectStorage {
  /** Removes what broken uploads of dead processes left, when it was last written longer ago. How many there were. */
  sweep(olderThanMs: number): Promise<number>;
}

export function openFileStorage(root: string): FileStorage {
  const unfinished = join(root, '.unfinished');

  const pathOf = (key: string): string => join(root, ...partsOf(key));

  /** Makes a finished temporary file the object. */
  const publish = async (temporary: string, key: string): Promise<void> => {
    const path = pathOf(key);
    for (let attempt = 1; ; attempt++) {
      await mkdir(dirname(path), { recursive: true });
      try {
        await rename(temporary, path);
        break;
      } catch (error) {
        // The folder was removed in between, with the last object in it.
        if (!isMissing(error) || attempt === 3) throw error;
      }
    }
    await flushFolders(dirname(path), root);
  };

  const put: ObjectStorage['put'] = async (key, body, options = {}) => {
    // It may break before it is read, and an error that nobody listens to would end the process.
    body.on('error', () => undefined);
    pathOf(key);
    const temporary = join(unfinished, randomUUID());
    try {
      await mkdir(unfinished, { recursive: true });
      const stored = await write(body, temporary, options);
      await publish(temporary, key);
      return stored;
    } catch (error) {
      body.destroy();
      await rm(temporary, { force: true });
      throw asUnrollError(error);
    }
  };

  return {
    put,

    putFile: async (key, path) => {
      pathOf(key);
      try {
        const stored = await digest(path);
        await publish(path, key);
        return stored;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw asUnrollError(error);
        const stored = await put(key, createReadStream(path));
        await rm(path, { force: true });
        return stored;
      }
    },

    read: async (key, range) => {
      try {
        const file = await open(pathOf(key), 'r');
        return file.createReadStream(range);
      } catch (error) {
        throw asUnrollError(error, key);
      }
    },

    stat: async (key) => {
      try {
        const found = await stat(pathOf(key));
        return found.isFile() ? { bytes: found.size } : null;
      } catch (error) {
        if (isMissing(error)) return null;
        throw error;
      }
    },

    digest: async (key) => {
      try {
        return await digest(pathOf(key));
      } catch (error) {
        if (isMissing(error)) return null;
        throw asUnrollError(error, key);
      }
    },

    localPath: async (key) => {
      const path = pathOf(key);
      try {
        await access(path, constants.R_OK);
      } catch (error) {
        throw asUnrollError(error, key);
      }
      return { path, release: async () => undefined };
    },

    delete: async (key) => {
      const path = pathOf(key);
      await rm(path, { force: true });
      // The folder of this object's own kin (`datasets/ds_…`), when nothing is left in it.
      if (dirname(path) !== root) await rmdir(dirname(path)).catch(() => undefined);
    },

    list: (prefix) => listFiles(root, prefix),

    check: async () => {
      try {
        await mkdir(unfinished, { recursive: true });
        await access(unfinished, constants.W_OK);
      } catch (error) {
        throw new UnrollError('unavailable', 'The storage can not be written to.', { cause: error });
      }
    },

    sweep: async (olderThanMs) => {
      let swept = 0;
      for (const name of await readdir(unfinished).catch(() => [])) {
        const path = join(unfinished, name);
        const found = await stat(path).catch(() => null);
        if (found === null || Date.now() - found.mtimeMs < olderThanMs) continue;
        await rm(path, { recursive: true, force: true });
        swept++;
      }
      return swept;
    },
  };
}

/** A key's parts, none of which leads elsewhere. */
function partsOf(key: string): string[] {
  const parts = key.split('/');
  if (!parts.every((part) => /^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(part)))
    throw new Error(`internal: not a storage key: ${JSON.stringify(key)}`);
  return parts;
}

async function write(
  body: Readable,
  path: string,
  { maxBytes = Number.POSITIVE_INFINITY, signal }: { maxBytes?: number; signal?: AbortSignal },
): Promise<StoredObject> {
  const hash = createHash('sha256');
  let bytes = 0;
  const abort = (): void => {
    body.destroy(new UnrollError('upload_incomplete', 'The upload was broken off.'));
  };
  const file = await open(path, 'wx', 0o600);
  try {
    if (signal?.aborted === true) abort();
    signal?.addEventListener('abort', abort, { once: true });
    for await (const chunk of body as AsyncIterable<Buffer | string>) {
      const buffer = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      bytes += buffer.length;
      if (bytes > maxBytes)
        throw new UnrollError('payload_too_large', `expected at most ${maxBytes} bytes, got more`);
      hash.update(buffer);
      await file.appendFile(buffer);
    }
    await file.sync();
  } finally {
    signal?.removeEventListener('abort', abort);
    await file.close();
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** Flushes a finished file, and says what is in it. */
async function digest(path: string): Promise<StoredObject> {
  const hash = createHash('sha256');
  let bytes = 0;
  const file = await open(path, 'r+');
  try {
    for await (const chunk of file.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      hash.update(chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** Flushes the entries of a folder and of those above it, up to the root: a new folder is an entry too. */
async function flushFolders(folder: string, root: string): Promise<void> {
  for (let path = folder; path.length >= root.length; path = dirname(path)) {
    const handle = await open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (path === dirname(path)) return;
  }
}

/** Walks by itself: Node 20's recursive `opendir` leaves out entries where there are many folders. */
async function* listFiles(
  root: string,
  prefix: string,
): AsyncIterable<{ key: string; bytes: number; modifiedAt: Date }> {
  // The deepest folder that holds every key with the prefix.
  const folders = [join(root, ...prefix.split('/').slice(0, -1))];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
      if (isMissing(error)) return [];
      throw error;
    });
    for (const entry of entries) {
      const path = join(folder, entry.name);
      const key = relative(root, path).split(sep).join('/');
      if (key.startsWith('.')) continue;
      if (entry.isDirectory()) folders.push(path);
      if (!entry.isFile() || !key.startsWith(prefix)) continue;
      const found = await stat(path).catch(() => null);
      if (found !== null) yield { key, bytes: found.size, modifiedAt: found.mtime };
    }
  }
}

const isMissing = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');

function asUnrollError(error: unknown, key?: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (key !== undefined && isMissing(error))
    return new UnrollError('not_found', `There is no object ${key}.`);
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new UnrollError('storage_full', 'There is no room left for this upload.', { cause: error });
  if (code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNABORTED')
    return new UnrollError('upload_incomplete', 'The upload broke off.', { cause: error });
  return error;
}
