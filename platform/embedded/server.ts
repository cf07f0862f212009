/** What both embedded servers are to the rest. */
import { randomBytes } from 'node:crypto';
import { chown, mkdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface EmbeddedServer {
  /** With the user and the password. */
  readonly url: string;
  readonly pid: number;
  /** Resolves when the process is gone, however it ended. */
  readonly exited: Promise<void>;
  /** Ends the process in an orderly way and gives the folder back. Twice is as good as once. */
  stop(): Promise<void>;
}

/** The folder, private to its owner; those above it are made as usual, since another user may have to pass. */
export async function privateDirectory(path: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await mkdir(path, { mode: 0o700 }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  });
  return realpath(path);
}

/** A random password, made once and kept, whole or not at all, in a file that only its owner can read. */
export async function keptPassword(
  file: string,
  owner: { uid: number; gid: number } | null = null,
): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const password = randomBytes(24).toString('hex');
  const unfinished = `${file}.unfinished`;
  try {
    await writeFile(unfinished, password, { mode: 0o600, flush: true });
    if (owner !== null) await chown(unfinished, owner.uid, owner.gid);
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  return password;
}
