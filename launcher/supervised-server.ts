/**
 * An embedded server (PostgreSQL, Redis) that is kept running at one address: when it dies it is started again on the
 * same port and the same data, so that its clients find it again by themselves.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { EmbeddedServer } from '../platform/embedded/server.ts';
import { createBackOff } from './back-off.ts';

export interface SupervisedServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Rejects when the first start fails; later failures are said and tried again. */
export async function superviseServer(o: {
  name: string;
  start: (port?: number) => Promise<EmbeddedServer>;
  say: (line: string) => void;
}): Promise<SupervisedServer> {
  const backOff = createBackOff();
  const stopping = new AbortController();
  const isStopping = (): boolean => stopping.signal.aborted;
  let startedAt = performance.now();
  let server = await o.start();
  const { url } = server;
  const port = Number(new URL(url).port);

  const restart = async (): Promise<void> => {
    for (;;) {
      const waitMs = backOff(performance.now() - startedAt);
      o.say(`${o.name} has died; starting it again in ${waitMs / 1000} s`);
      await delay(waitMs, undefined, { signal: stopping.signal });
      startedAt = performance.now();
      try {
        await server.stop(); // It is dead: this gives its folder back.
        server = await o.start(port);
        return;
      } catch (error) {
        o.say(`${o.name} did not start: ${(error as Error).message}`);
      }
    }
  };
  const watch = async (): Promise<void> => {
    while (!isStopping()) {
      await server.exited;
      if (!isStopping()) await restart();
    }
  };
  const watching = watch().catch((error: unknown) => {
    if (!isStopping()) throw error;
  });

  return {
    url,
    async stop() {
      stopping.abort();
      await server.stop();
      await watching;
      await server.stop(); // Another one, when it was just being started again.
    },
  };
}
