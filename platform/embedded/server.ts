/** What both embedded servers are to the rest. */
import { randomBytes } from 'node:crypto';
import { chown, readFile, writeFile } from 'node:fs/promises';

export interface EmbeddedServer {
  /** With the user and the password. */
  readonly url: string;
  readonly pid: number;
  /** Resolves when the process is gone, however it ended. */
  readonly exited: Promise<void>;
  /** Ends the process in an orderly way and gives the folder back. Twice is as good as once. */
  stop(): Promise<void>;
}

/** A random password, made once and kept in a file that only its owner can read. */
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
  await writeFile(file, password, { mode: 0o600 });
  if (owner !== null) await chown(file, owner.uid, owner.gid);
  return password;
}
