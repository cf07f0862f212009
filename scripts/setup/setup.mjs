/** Makes this folder ready to run: packages, redis-server, database client, compiled code. Does only what is missing. */
import path from 'node:path';
import { compile } from './compiled-code.mjs';
import { checkNodeVersion } from './node-version.mjs';
import { installPackages } from './packages.mjs';
import { generatePrismaClient } from './prisma-client.mjs';
import { takeLock } from './process-lock.mjs';
import { installRedis } from './redis.mjs';

/** Says what is being done, and in the end how long it took. */
const say = (what) => {
  const startedAt = Date.now();
  console.log(`  ${what} …`);
  return () => console.log(`  ${what}: done in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
};

/**
 * @param {{ root: string, signal: AbortSignal, redis: boolean }} options `redis`: whether a redis-server is needed here
 * @throws {SetupError} when something is missing that only the reader can supply
 */
export const setup = async ({ root, signal, redis }) => {
  checkNodeVersion();
  const release = await takeLock(path.join(root, '.setup', 'lock'), {
    signal,
    onWait: (pid) => console.log(`  waiting for another setup (process ${pid}) …`),
  });
  try {
    const step = { root, say, signal };
    if (redis) await installRedis(step);
    await installPackages(step);
    await generatePrismaClient(step);
    await compile(step);
  } finally {
    release();
  }
};
