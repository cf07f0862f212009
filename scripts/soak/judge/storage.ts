/** That storage holds the files that rows name, and no others, once what crashes left has been swept up. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openFileStorage } from '../../../platform/storage/file-storage.ts';
import { readTables } from './tables.ts';
import type { Verdict } from './verdict.ts';

const lookEveryMs = 1000;

/** Waits until it is so, for `patienceMs` at most: the sweep comes round now and then. */
export async function judgeStorage(
  { dataDirectory, databaseUrl }: { dataDirectory: string; databaseUrl: string },
  patienceMs: number,
  signal: AbortSignal,
): Promise<Verdict> {
  const until = performance.now() + patienceMs;
  for (;;) {
    const { storageKeys } = await readTables(databaseUrl);
    const violations = await differences(dataDirectory, new Set(storageKeys));
    if (violations.length === 0 || performance.now() > until)
      return { check: 'storage holds exactly what rows name', looked: storageKeys.length, violations };
    await delay(lookEveryMs, undefined, { signal });
  }
}

async function differences(dataDirectory: string, named: ReadonlySet<string>): Promise<string[]> {
  const objects = join(dataDirectory, 'objects');
  const present = new Set<string>();
  for await (const { key } of openFileStorage(objects).list('')) present.add(key);
  const unfinished = await readdir(join(objects, '.unfinished')).catch(() => []);
  return [
    ...[...present].filter((key) => !named.has(key)).map((key) => `no row names ${key}`),
    ...[...named].filter((key) => !present.has(key)).map((key) => `${key} is missing`),
    ...unfinished.map((name) => `.unfinished/${name} is left`),
  ];
}
