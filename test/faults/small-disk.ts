/**
 * A small file system in memory that really fills up, for tests of full disks: no root is needed, since it is mounted in
 * a user and mount namespace of its own (Linux). Processes are started inside; this one reaches in through /proc.
 */
import { fork, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processEnvironment } from '../../platform/config/process-environment.ts';

export interface SmallDisk {
  /** The folder as processes inside know it. */
  readonly inside: string;
  /** The same folder as this process reaches it. */
  readonly path: string;
  /** A Node program that has the disk. */
  fork(entry: URL, environment: Readonly<Record<string, string>>): ChildProcess;
  /** Takes all room but so many bytes. */
  fill(leaving?: number): Promise<void>;
  /** Gives it back. */
  free(): Promise<void>;
  close(): Promise<void>;
}

/** Its own user and mount namespace, in which it is root and may mount. */
const [program, ...namespaces] = ['unshare', '--user', '--map-root-user', '--mount'] as const;

/** Why there can't be one here; null: there can. */
export function noSmallDisk(): string | null {
  const { status, stderr, error } = spawnSync(
    program,
    [...namespaces, 'mount', '-t', 'tmpfs', 'none', '/tmp'],
    {
      encoding: 'utf8',
    },
  );
  return status === 0
    ? null
    : `a file system can't be mounted in a namespace of one's own here: ${error?.message ?? stderr.trim()}`;
}

export async function smallDisk(bytes: number): Promise<SmallDisk> {
  const inside = await mkdtemp(join(tmpdir(), 'unroll-small-disk-'));
  // It lives as long as its standard input is open: it ends with this process, however that ends.
  const holder = spawn(
    program,
    [
      ...namespaces,
      'sh',
      '-c',
      'mount -t tmpfs -o "size=$1" none "$0" && echo mounted && exec cat',
      inside,
      String(bytes),
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  await once(holder.stdout, 'data');
  const path = join(`/proc/${holder.pid}/root`, inside);
  const filler = join(path, 'filler');
  return {
    inside,
    path,
    fork: (entry, environment) =>
      fork(entry, {
        execPath: 'nsenter',
        execArgv: [`--target=${holder.pid}`, '--user', '--mount', '--preserve-credentials', process.execPath],
        env: { PATH: processEnvironment.PATH, ...environment },
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      }),
    async fill(leaving = 0) {
      const file = await open(filler, 'w');
      try {
        for (let chunk = 65_536; chunk >= 1;) {
          const room = await file.write(Buffer.alloc(chunk, 1)).then(
            ({ bytesWritten }) => bytesWritten === chunk,
            (error: unknown) => {
              if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
              return false;
            },
          );
          if (!room) chunk = Math.floor(chunk / 16);
        }
        if (leaving > 0) await file.truncate(Math.max(0, (await file.stat()).size - leaving));
      } finally {
        await file.close();
      }
    },
    free: () => rm(filler, { force: true }),
    async close() {
      holder.stdin.end();
      await once(holder, 'exit');
      await rm(inside, { recursive: true, force: true });
    },
  };
}
