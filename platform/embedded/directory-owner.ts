/** A data folder belongs to one process at a time. A process that died, in whatever way, owns nothing. */
import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UnrollError } from '../../domain/errors/unroll-error.ts';
import { processIdentity } from './process.ts';

/** Throws `conflict` while another process that lives owns the folder. Answers how to give it back. */
export async function ownDirectory(directory: string): Promise<() => Promise<void>> {
  const file = join(directory, 'owner');
  const mine = join(directory, `owner.${randomUUID()}`);
  const content = `${process.pid} ${String(processIdentity(process.pid))}`;
  try {
    await writeFile(mine, content, { mode: 0o600 });
    // Linking is what makes it atomic: of several processes one succeeds.
    while (!(await linked(mine, file))) {
      const found = await contentOf(file);
      if (found === null) continue;
      const pid = Number.parseInt(found, 10);
      if (found === `${pid} ${String(processIdentity(pid))}`)
        throw new UnrollError(
          'conflict',
          `${directory} is in use by process ${pid}. Stop it, or choose another DATA_DIR.`,
        );
      // Moved away rather than removed: whoever else saw the dead owner may have put its own name there by now.
      const moved = `${mine}.moved`;
      await rename(file, moved).catch(() => undefined);
      const other = await contentOf(moved);
      if (other !== null && other !== found) await linked(moved, file);
      await rm(moved, { force: true });
    }
  } finally {
    await rm(mine, { force: true });
  }
  return async () => {
    if ((await contentOf(file)) === content) await rm(file, { force: true });
  };
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function contentOf(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
