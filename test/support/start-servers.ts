/** A process that starts both embedded servers in the folder it is given, says where they are, and lives until it is ended. */
import { join } from 'node:path';
import { startPostgres } from '../../platform/embedded/postgres.ts';
import { startRedis } from '../../platform/embedded/redis.ts';

const directory = process.argv[2]!;
const postgres = await startPostgres({ directory: join(directory, 'postgres') });
const redis = await startRedis({ directory: join(directory, 'redis') });
process.stdout.write(
  `${JSON.stringify({
    postgres: { url: postgres.url, pid: postgres.pid },
    redis: { url: redis.url, pid: redis.pid },
  })}\n`,
);
setInterval(() => undefined, 60_000);
