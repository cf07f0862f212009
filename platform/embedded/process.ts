/** What the embedded servers need to know of processes, their own and those that an earlier run left behind. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, readlinkSync, renameSync } from 'node:fs';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { UnrollError } from '../../domain/errors/unroll-error.ts';

/** Tells a process from another that gets the same number later; null when there is none. */
export function processIdentity(pid: number): string | null {
  if (process.platform !== 'linux') {
    const { status, stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
    return status === 0 ? stdout.trim() : null;
  }
  try {
    // The name, which stands in parentheses, may hold anything; after it come state (field 3) … start time (field 22).
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return null;
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${String(fields[19])}`;
  } catch {
    return null;
  }
}

/** Whether the process is a server that works in this folder (both servers make their data folder the current one). */
export function worksIn(pid: number, directory: string, programs: readonly string[]): boolean {
  if (process.platform === 'linux') {
    try {
      return readlinkSync(`/proc/${pid}/cwd`) === directory;
    } catch {
      return false;
    }
  }
  const { stdout } = spawnSync('ps', ['-o', 'comm=', '-p', String(pid)], { encoding: 'utf8' });
  return programs.some((program) => stdout.includes(program));
}

/** Sends the signals one after the other, each with its time to act, until the process is gone. */
export async function endProcess(
  pid: number,
  signals: readonly { signal: NodeJS.Signals; waitMs: number }[],
): Promise<void> {
  const identity = processIdentity(pid);
  if (identity === null) return;
  for (const { signal, waitMs } of signals) {
    try {
      process.kill(pid, signal);
    } catch {
      return;
    }
    const end = Date.now() + waitMs;
    while (Date.now() < end) {
      if (processIdentity(pid) !== identity) return;
      await sleep(20);
    }
  }
  throw new Error(`Process ${pid} does not end.`);
}

/** Ends a process of our own; one that has ended is left alone, since its number may be another's by now. */
export async function endChild(
  { pid, exited }: { readonly pid: number; readonly exited: Promise<void> },
  signals: Parameters<typeof endProcess>[1],
): Promise<void> {
  const ended = await Promise.race([exited.then(() => true), sleep(0, false)]);
  if (ended) return;
  await endProcess(pid, signals);
  await exited;
}

/** A port of 127.0.0.1 that is free now: whoever takes it must be ready to try another. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address !== null && typeof address === 'object') resolve(address.port);
        else reject(new Error('internal: a TCP server without a port'));
      });
    });
  });

const works = (command: readonly [string, ...string[]]): boolean =>
  spawnSync(command[0], command.slice(1), { stdio: 'ignore' }).status === 0;

/** The first of these programs that is on the PATH. */
export const findProgram = (names: readonly string[]): string | null =>
  names.find((name) => works([name, '--version'])) ?? null;

/** A command before the command, by which the kernel sends the signal to the server when this process dies, however it dies. */
export function endWithParent(signal: 'INT' | 'TERM'): string[] {
  const prefix = ['setpriv', '--pdeathsig', signal] as const;
  return process.platform === 'linux' && works([...prefix, 'true']) ? [...prefix] : [];
}

/** How to run a program that refuses to run as root. `owner` must own what the program writes. */
export interface Unprivileged {
  readonly prefix: readonly string[];
  readonly owner: { readonly uid: number; readonly gid: number } | null;
}

const nobody = { uid: 65_534, gid: 65_534 };

/** initdb wants to know its user's name. */
function hasName(): boolean {
  try {
    userInfo();
    return true;
  } catch {
    return false;
  }
}

/**
 * As root: a user namespace in which root is called 1 (a number with a name on every system), so that everything on disk
 * stays root's and any folder will do. Where there are no user namespaces, or the data is another user's already: that
 * user, who must be able to reach the folder. A normal user without a name (in containers) gets one in the same way.
 */
export function unprivileged(dataOwner: { uid: number; gid: number } | null): Unprivileged {
  const uid = process.getuid?.();
  if (uid === undefined || (uid !== 0 && hasName())) return { prefix: [], owner: null };
  const ownData = dataOwner === null || dataOwner.uid === uid;
  const namespace = ['unshare', '-U', '--map-user=1', '--map-group=1'] as const;
  if (ownData && works([...namespace, 'true'])) return { prefix: namespace, owner: null };
  if (uid !== 0) return { prefix: [], owner: null };
  const owner = ownData ? nobody : dataOwner;
  const prefix = ['setpriv', `--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups'] as const;
  if (works([...prefix, 'true'])) return { prefix, owner };
  throw new UnrollError(
    'unavailable',
    'PostgreSQL does not run as root, and neither unshare nor setpriv can give it another user here. Run as a normal user, or set DATABASE_URL.',
  );
}

/** Starts a server in its own process group (Ctrl-C is not for it) that writes to the log file; the last one's log is kept beside. */
export function startServer(command: readonly string[], logFile: string): ChildProcess {
  if (existsSync(logFile)) renameSync(logFile, `${logFile}.previous`);
  const log = openSync(logFile, 'a', 0o600);
  const [program = '', ...parameters] = command;
  try {
    return spawn(program, parameters, { detached: true, stdio: ['ignore', log, log] });
  } finally {
    closeSync(log);
  }
}

/** The end of a log, for an error's message. */
export function logTail(logFile: string): string {
  try {
    return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-12).join('\n');
  } catch {
    return '';
  }
}
