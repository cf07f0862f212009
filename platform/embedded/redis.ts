/** redis-server or valkey-server from the PATH, run as a child process on 127.0.0.1. */
import type { EmbeddedServer } from './postgres.ts';

export declare function startRedis(options: { directory: string; port?: number }): Promise<EmbeddedServer>;
