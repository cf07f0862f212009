/**
 * One instance per data folder. The lock is a file that names its owner: process id, and the time at which that process
 * started (where the system tells it), so that a lock left behind by a crash or a reboot is known as such even when its
 * process id has been given to another program.
 */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LaunchError } from './launch-error.ts';

interface Owner {
  readonly pid: number;
  /** Clock ticks since boot; null where there is no /proc. */
  readonly startedAtTicks: string | null;
  readonly url: string;
}

/** The 22nd field of /proc/<pid>/stat (proc_pid_stat(5)); the second, in parentheses, may hold anything. */
async function startTicks(pid: number): Promise<string | null> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

async function isAlive(owner: Owner): Promise<boolean> {
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return owner.startedAtTicks === null || owner.startedAtTicks === (await startTicks(owner.pid));
}

async function readOwner(file: string): Promise<Owner | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Owner;
  } catch {
    return null;
  }
}

/** Moved, not removed: of several that find a dead owner's lock, only one gets hold of it. */
async function moveAside(file: string): Promise<void> {
  const aside = `${file}.${process.pid}`;
  try {
    await rename(file, aside);
    await rm(aside, { force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** Takes the folder, made if need be; answers how to give it back. Throws a LaunchError that names the owner. */
export async function lockDataFolder(folder: string, url: string): Promise<() => Promise<void>> {
  const file = join(folder, 'launcher.lock');
  const me: Owner = { pid: process.pid, startedAtTicks: await startTicks(process.pid), url };
  try {
    await mkdir(folder, { recursive: true });
    for (let attempt = 1; ; attempt++) {
      try {
        await writeFile(file, JSON.stringify(me), { flag: 'wx' });
        return () => rm(file, { force: true });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt === 5) throw error;
      }
      const owner = await readOwner(file);
      if (owner !== null && (await isAlive(owner)))
        throw new LaunchError(
          `Unroll is running on this data folder already: process ${owner.pid}, ${owner.url}\n` +
            `  ${folder}\nStop that one, or give this one a folder of its own: DATA_DIR=./other-data`,
        );
      await moveAside(file);
    }
  } catch (error) {
    if (error instanceof LaunchError) throw error;
    throw new LaunchError(`The data folder ${folder} cannot be used: ${(error as Error).message}`);
  }
}
