import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ownDirectory } from './directory-owner.ts';
import { startPostgres } from './postgres.ts';
import { endProcess, freePort, processIdentity } from './process.ts';
import { startRedis } from './redis.ts';
import type { EmbeddedServer } from './server.ts';

/** A folder with a blank and more in its name, that nobody else can enter; for all tests of a group, one after the other. */
function ownFolder(): { readonly path: string } {
  const folder = { path: '' };
  beforeAll(async () => {
    folder.path = join(await mkdtemp(join(tmpdir(), 'unroll-embedded-')), `it's "here" ☃`);
    await mkdir(folder.path, { mode: 0o700 });
  });
  afterAll(() => rm(join(folder.path, '..'), { recursive: true, force: true }));
  return folder;
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function redisCommand(url: string, name: string, ...parameters: string[]): Promise<unknown> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await client.call(name, ...parameters);
  } finally {
    client.disconnect();
  }
}

const withPassword = (url: string, password: string): string => {
  const changed = new URL(url);
  changed.password = password;
  return changed.href;
};

const servers = {
  postgres: {
    start: (options: { directory: string; port?: number }) => startPostgres(options),
    write: (url: string) => query(url, 'CREATE TABLE IF NOT EXISTS kept AS SELECT 42 AS answer'),
    read: async (url: string) => (await query(url, 'SELECT answer FROM kept'))[0],
    kept: { answer: 42 },
    pidFile: 'data/postmaster.pid',
  },
  redis: {
    start: (options: { directory: string; port?: number }) => startRedis(options),
    write: (url: string) => redisCommand(url, 'SET', 'answer', '42'),
    read: (url: string) => redisCommand(url, 'GET', 'answer'),
    kept: '42',
    pidFile: 'redis.pid',
  },
};

describe.each(Object.entries(servers))('embedded %s', (_name, { start, write, read, kept, pidFile }) => {
  const folder = ownFolder();

  const started = async (port?: number): Promise<EmbeddedServer> => {
    const server = await start({ directory: folder.path, ...(port !== undefined && { port }) });
    onTestFinished(() => server.stop());
    return server;
  };

  it('keeps its data from one start to the next, and leaves no process', async () => {
    const first = await started();
    await write(first.url);
    await first.stop();
    await first.stop();
    expect(processIdentity(first.pid)).toBeNull();
    const port = await freePort();
    const second = await started(port);
    expect(new URL(second.url).port).toBe(String(port));
    expect(await read(second.url)).toEqual(kept);
  });

  it('lets nobody in without the password, which only the owner can read', async () => {
    const { url } = await started();
    await write(url);
    await expect(read(withPassword(url, 'guess'))).rejects.toThrow(/password|closed/);
    const file = join(folder.path, 'password');
    expect((await stat(file)).mode & 0o077).toBe(0);
    expect(new URL(url).password).toBe(await readFile(file, 'utf8'));
    expect(new URL(url).hostname).toBe('127.0.0.1');
  });

  it('recovers after it was killed', async () => {
    const first = await started();
    await write(first.url);
    // Redis flushes its log every second; what is older survives.
    process.kill(first.pid, 'SIGTERM');
    await first.exited;
    await first.stop();
    const second = await started();
    process.kill(second.pid, 'SIGKILL');
    await second.exited;
    await second.stop();
    const third = await started();
    expect(await read(third.url)).toEqual(kept);
  });

  it('is not disturbed by the number of a process that is another by now', async () => {
    const first = await started();
    await write(first.url);
    const content = await readFile(join(folder.path, pidFile), 'utf8');
    await first.stop();
    // As after a container has started again: our own number, in the file of a server that is gone.
    await writeFile(join(folder.path, pidFile), content.replace(/^\d+/, String(process.pid)));
    const second = await started();
    expect(await read(second.url)).toEqual(kept);
  });

  it('has one owner at a time', async () => {
    await started();
    await expect(start({ directory: folder.path })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(`in use by process ${process.pid}`) as string,
    });
  });

  it('says so when its port is taken, and gives the folder back', async () => {
    const occupant = createServer().listen(0, '127.0.0.1');
    await once(occupant, 'listening');
    onTestFinished(() => void occupant.close());
    const { port } = occupant.address() as { port: number };
    await expect(start({ directory: folder.path, port })).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/in use/) as string,
    });
    await started();
  });
});

describe('when the process that started them is killed', () => {
  const folder = ownFolder();

  interface Started {
    readonly postgres: { url: string; pid: number };
    readonly redis: { url: string; pid: number };
  }

  /** Starts the servers from another process, on a PATH that has these programs alone, and kills that process. */
  async function startAndKill(path: string): Promise<Started> {
    const script = join(import.meta.dirname, '../../test/support/start-servers.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', script, folder.path], {
      env: { PATH: path },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    child.kill('SIGKILL');
    await once(child, 'exit');
    return JSON.parse(line.toString()) as Started;
  }

  const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

  it('they end too, and the next start finds what was written', async () => {
    const { postgres, redis } = await startAndKill(path);
    await expect.poll(() => processIdentity(postgres.pid), { timeout: 10_000 }).toBeNull();
    await expect.poll(() => processIdentity(redis.pid), { timeout: 10_000 }).toBeNull();
    const again = await startPostgres({ directory: join(folder.path, 'postgres') });
    await again.stop();
  });

  it('those that live on where they can not be told are ended by the next start', async () => {
    const programs = join(folder.path, 'programs');
    await mkdir(programs);
    for (const name of ['true', 'unshare', 'redis-server', 'valkey-server'])
      for (const folder of path.split(delimiter).reverse())
        if (await stat(join(folder, name)).catch(() => null))
          await symlink(join(folder, name), join(programs, name)).catch(() => undefined);
    const { postgres, redis } = await startAndKill(programs);
    onTestFinished(async () => {
      for (const { pid } of [postgres, redis]) await endProcess(pid, [{ signal: 'SIGKILL', waitMs: 5_000 }]);
    });
    await servers.postgres.write(postgres.url);
    await servers.redis.write(redis.url);
    const next = await startPostgres({ directory: join(folder.path, 'postgres') });
    onTestFinished(() => next.stop());
    const nextRedis = await startRedis({ directory: join(folder.path, 'redis') });
    onTestFinished(() => nextRedis.stop());
    expect(processIdentity(postgres.pid)).toBeNull();
    expect(processIdentity(redis.pid)).toBeNull();
    expect(await servers.postgres.read(next.url)).toEqual({ answer: 42 });
    expect(await servers.redis.read(nextRedis.url)).toBe('42');
  });
});

describe('ownDirectory', () => {
  const folder = ownFolder();

  it('takes the folder of an owner that is dead, once', async () => {
    await writeFile(join(folder.path, 'owner'), '999999999 nobody');
    const claims = await Promise.allSettled(Array.from({ length: 10 }, () => ownDirectory(folder.path)));
    const winners = claims.filter((claim) => claim.status === 'fulfilled');
    expect(winners).toHaveLength(1);
    await winners[0]?.value();
    const release = await ownDirectory(folder.path);
    await release();
    await release();
  });
});
