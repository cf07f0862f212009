/**
 * Open streams in Redis: a hash each, that goes when it expires. Every change is one script, so that nobody sees half of one; a write is done
 * only where the revision is still the one that was read (compare and set). Two sorted sets know when which stream goes: that of all bounds how many
 * there are, that of a version counts its own. Their keys share a hash tag: a cluster keeps them in one place.
 */
import { UnrollError } from '../../domain/errors/unroll-error.ts';
import type { Report } from '../../domain/ports/report.ts';
import type { StreamModel, StreamStore, WriteOutcome } from '../../domain/ports/stream-store.ts';
import { inTime, openRedis, type Redis } from './redis-connection.ts';

const prefix = '{unroll-streams}';
const keyOf = (id: string): string => `${prefix}:of:${id}`;
const openKey = `${prefix}:open`;
const versionsKey = `${prefix}:versions`;
const versionKey = ({ name, version }: Pick<StreamModel, 'name' | 'version'>): string =>
  `${prefix}:open:${name}@${version}`;

/** Redis's own clock, in milliseconds: that of no replica. */
const now = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/** KEYS stream, open, open of the version, versions. ARGV id, model as JSON, milliseconds to live, most that may be open, version's name. */
const open = `${now}
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[4]) then return 0 end
local expires = now + ARGV[3]
redis.call('HSET', KEYS[1], 'model', ARGV[2], 'ttl', ARGV[3], 'created', string.format('%d', now),
  'expires', string.format('%d', expires), 'position', 0, 'revision', 0, 'state', '')
redis.call('PEXPIREAT', KEYS[1], expires)
redis.call('ZADD', KEYS[2], expires, ARGV[1])
redis.call('ZADD', KEYS[3], expires, ARGV[1])
redis.call('SADD', KEYS[4], ARGV[5])
return {now, expires}
`;

/** KEYS stream, open, open of the version, versions. ARGV id, revision, position, state, version's name. */
const write = `${now}
local found = redis.call('HMGET', KEYS[1], 'revision', 'ttl')
if not found[1] then return 0 end
if found[1] ~= ARGV[2] then return 1 end
local expires = now + found[2]
redis.call('HSET', KEYS[1], 'revision', found[1] + 1, 'position', ARGV[3], 'state', ARGV[4],
  'expires', string.format('%d', expires))
redis.call('PEXPIREAT', KEYS[1], expires)
redis.call('ZADD', KEYS[2], expires, ARGV[1])
redis.call('ZADD', KEYS[3], expires, ARGV[1])
redis.call('SADD', KEYS[4], ARGV[5])
return {expires}
`;

/** KEYS stream, open, open of the version. ARGV id. */
const remove = `
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[1])
return redis.call('DEL', KEYS[1])
`;

/** KEYS versions, then open of each. ARGV the name of each. */
const count = `${now}
local counts = {}
for index, name in ipairs(ARGV) do
  redis.call('ZREMRANGEBYSCORE', KEYS[index + 1], '-inf', now)
  local open = redis.call('ZCARD', KEYS[index + 1])
  if open == 0 then redis.call('SREM', KEYS[1], name) end
  counts[index] = open
end
return counts
`;

interface Scripts {
  openStream(...keysAndArguments: (string | number)[]): Promise<0 | [now: number, expires: number]>;
  writeStream(...keysAndArguments: (string | number | Buffer)[]): Promise<0 | 1 | [expires: number]>;
  removeStream(...keysAndArguments: string[]): Promise<number>;
  countStreams(...keysAndArguments: (string | number)[]): Promise<number[]>;
}

const fields = ['model', 'created', 'expires', 'position', 'revision', 'state'] as const;

export function openStreamStore(
  redisUrl: string,
  { maxOpen, report }: { maxOpen: number; report: Report },
): StreamStore & { close(): Promise<void> } {
  const connection = openRedis(redisUrl, { what: 'store of streams', report, maxRetriesPerRequest: 1 });
  connection.defineCommand('openStream', { numberOfKeys: 4, lua: open });
  connection.defineCommand('writeStream', { numberOfKeys: 4, lua: write });
  connection.defineCommand('removeStream', { numberOfKeys: 3, lua: remove });
  connection.defineCommand('countStreams', { lua: count });
  const scripts = connection as Redis & Scripts;
  const nameOf = ({ name, version }: StreamModel): string => `${name}@${version}`;

  return {
    open: async ({ id, model, ttlMs }) => {
      const opened = await inTime(
        connection,
        scripts.openStream(
          keyOf(id),
          openKey,
          versionKey(model),
          versionsKey,
          id,
          JSON.stringify(model),
          ttlMs,
          maxOpen,
          nameOf(model),
        ),
      );
      if (opened === 0)
        throw new UnrollError('overloaded', `expected fewer than ${maxOpen} open streams, got so many`);
      const [createdAt, expiresAt] = opened.map((milliseconds) => new Date(milliseconds)) as [Date, Date];
      return { id, model, position: 0, revision: 0, createdAt, expiresAt, state: new Uint8Array() };
    },
    find: async (id) => {
      const values = await inTime(connection, connection.hmgetBuffer(keyOf(id), ...fields));
      const [model, created, expires, position, revision, state] = values;
      if (!model || !created || !expires || !position || !revision || !state) return null;
      return {
        id,
        model: JSON.parse(model.toString()) as StreamModel,
        position: Number(position),
        revision: Number(revision),
        createdAt: new Date(Number(created)),
        expiresAt: new Date(Number(expires)),
        state,
      };
    },
    write: async ({ id, model, revision }, { position, state }): Promise<WriteOutcome> => {
      const written = await inTime(
        connection,
        scripts.writeStream(
          keyOf(id),
          openKey,
          versionKey(model),
          versionsKey,
          id,
          revision,
          position,
          Buffer.from(state.buffer, state.byteOffset, state.byteLength),
          nameOf(model),
        ),
      );
      if (written === 0) return { kind: 'gone' };
      if (written === 1) return { kind: 'changed' };
      return { kind: 'written', expiresAt: new Date(written[0]) };
    },
    remove: async ({ id, model }) =>
      (await inTime(connection, scripts.removeStream(keyOf(id), openKey, versionKey(model), id))) === 1,
    countOpen: async () => {
      const names = await inTime(connection, connection.smembers(versionsKey));
      if (names.length === 0) return [];
      const versions = names.map((text) => {
        const at = text.lastIndexOf('@');
        return { name: text.slice(0, at), version: Number(text.slice(at + 1)) };
      });
      const counts = await inTime(
        connection,
        scripts.countStreams(names.length + 1, versionsKey, ...versions.map(versionKey), ...names),
      );
      return versions.map((one, index) => ({ ...one, open: counts[index]! }));
    },
    close: async () => {
      connection.disconnect();
    },
  };
}
