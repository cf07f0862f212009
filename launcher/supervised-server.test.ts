import { expect, it } from 'vitest';
import type { EmbeddedServer } from '../platform/embedded/server.ts';
import { superviseServer } from './supervised-server.ts';

/** Servers that are started as the test says, and die when it says. */
function fakeServers() {
  const living = new Set<number>();
  const ports: (number | undefined)[] = [];
  const deaths: (() => void)[] = [];
  const start = async (port?: number): Promise<EmbeddedServer> => {
    const number = ports.push(port);
    living.add(number);
    let die: () => void = () => undefined;
    const exited = new Promise<void>((resolve) => (die = resolve));
    const end = (): void => {
      living.delete(number);
      die();
    };
    deaths.push(end);
    return { url: 'redis://127.0.0.1:4321/0', pid: number, exited, stop: async () => end() };
  };
  return { start, living, ports, dieNow: () => deaths.at(-1)?.() };
}

it('starts a server that died again on its port, also when that fails at first', async () => {
  const servers = fakeServers();
  const said: string[] = [];
  let fails = 1;
  const supervised = await superviseServer({
    name: 'Redis',
    start: async (port) => {
      if (port !== undefined && fails-- > 0) throw new Error('no space');
      return servers.start(port);
    },
    say: (line) => said.push(line),
  });
  servers.dieNow();
  await expect.poll(() => servers.living.size, { timeout: 10_000 }).toBe(1);
  expect(servers.ports).toEqual([undefined, 4321]);
  expect(said).toEqual([
    'Redis has died; starting it again in 1 s',
    'Redis did not start: no space',
    'Redis has died; starting it again in 2 s',
  ]);
  await supervised.stop();
  expect([...servers.living]).toEqual([]);
});

it('leaves none when it is stopped while one is being started again', async () => {
  const servers = fakeServers();
  let go: () => void = () => undefined;
  let asked: () => void = () => undefined;
  const starting = new Promise<void>((resolve) => (asked = resolve));
  const supervised = await superviseServer({
    name: 'Redis',
    start: async (port) => {
      if (port !== undefined) {
        asked();
        await new Promise<void>((resolve) => (go = resolve));
      }
      return servers.start(port);
    },
    say: () => undefined,
  });
  servers.dieNow();
  await starting;
  const stopped = supervised.stop();
  go();
  await stopped;
  expect([...servers.living]).toEqual([]);
});
