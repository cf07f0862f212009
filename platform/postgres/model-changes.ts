/**
 * Hears of changes to models on a connection of its own (LISTEN models_changed). While the connection is lost nothing is
 * heard: then `isWatching` is false, so that nobody trusts what they remember.
 *
 *   connecting → watching → lost → connecting …
 */
import pg from 'pg';
import type { ModelChanges } from '../../domain/ports/model-changes.ts';
import type { Report } from '../../domain/ports/report.ts';

const reconnectAfterMs = 1000;
/** A connection whose other end has silently gone is found out after these two. */
const checkEveryMs = 3000;
const answerWithinMs = 2000;

export function watchModels(databaseUrl: string, { report }: { report: Report }): ModelChanges {
  const callbacks: (() => void)[] = [];
  let isWatching = false;
  let closed = false;
  let client: pg.Client | null = null;
  let timer: NodeJS.Timeout | undefined;

  const connect = async (): Promise<void> => {
    const own = new pg.Client({
      connectionString: databaseUrl,
      connectionTimeoutMillis: 5000,
      query_timeout: answerWithinMs,
    });
    const lost = (error?: Error): void => {
      if (client !== own) return;
      client = null;
      isWatching = false;
      clearTimeout(timer);
      own.end().catch(() => undefined);
      if (closed) return;
      if (error) report('Changes of models are not heard of: they are looked up at each request', error);
      timer = setTimeout(() => void connect(), reconnectAfterMs);
    };
    const check = (): void => {
      timer = setTimeout(() => {
        own.query('SELECT 1').then(check, lost);
      }, checkEveryMs);
    };
    client = own;
    own.on('error', lost).on('end', () => lost());
    own.on('notification', () => {
      for (const callback of callbacks) callback();
    });
    try {
      await own.connect();
      await own.query('LISTEN models_changed');
      for (const callback of callbacks) callback();
      isWatching = true;
      check();
    } catch (error) {
      lost(error as Error);
    }
  };
  void connect();

  return {
    get isWatching() {
      return isWatching;
    },
    onChange: (callback) => callbacks.push(callback),
    close: async () => {
      closed = true;
      clearTimeout(timer);
      const own = client;
      client = null;
      isWatching = false;
      await own?.end().catch(() => undefined);
    },
  };
}
