/**
 * A patient client of the HTTP API: while nobody answers it asks again, another process next, a POST under the same
 * Idempotency-Key, so that what was asked once happens once.
 */
import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

export interface Answer<Body> {
  readonly status: number;
  readonly body: Body;
}

export interface Client {
  /** Throws for what isn't 2xx. */
  get<Body>(path: string): Promise<Body>;
  bytes(path: string): Promise<Uint8Array>;
  /** Any answer but «try again later»; a new key if none is given. */
  post<Body>(path: string, payload: Payload, key?: string): Promise<Answer<Body>>;
  delete(path: string): Promise<number>;
  /** One connection, to any of the processes; it may break off. */
  stream(path: string, headers: Record<string, string>): Promise<Response>;
  /** How often each status was answered; 0: no answer came. */
  readonly statuses: ReadonlyMap<number, number>;
  /** Answers that no client should ever get. */
  readonly outrages: readonly string[];
}

export type Payload = { readonly json: unknown } | { readonly csv: string } | null;

/** Longer than anything is away. */
const patienceMs = 180_000;
const answerWithinMs = 30_000;
const againAfterMs = 300;

const later = new Set([425, 429, 502, 503, 504]);

export function connect(urls: readonly string[], signal: AbortSignal): Client {
  // Each request listens to it.
  setMaxListeners(0, signal);
  const statuses = new Map<number, number>();
  const outrages: string[] = [];
  let turn = 0;
  const nextUrl = (): string => urls[turn++ % urls.length]!;
  const count = (status: number): void => {
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  };

  const once = async (path: string, init: RequestInit): Promise<{ status: number; bytes: Uint8Array }> => {
    const response = await fetch(`${nextUrl()}${path}`, {
      ...init,
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)]),
    });
    const bytes = new Uint8Array(await response.arrayBuffer());
    return { status: response.status, bytes };
  };

  const ask = async (path: string, init: RequestInit): Promise<{ status: number; bytes: Uint8Array }> => {
    const until = performance.now() + patienceMs;
    let last = '';
    while (performance.now() < until) {
      try {
        const answer = await once(path, init);
        count(answer.status);
        const text = (): string => new TextDecoder().decode(answer.bytes).slice(0, 500);
        if (!later.has(answer.status) && !isInFlight(answer, text)) {
          if (answer.status >= 500)
            outrages.push(`${init.method ?? 'GET'} ${path}: ${answer.status} ${text()}`);
          return answer;
        }
        last = `${answer.status} ${text()}`;
      } catch (error) {
        signal.throwIfAborted();
        count(0);
        last = String(error);
      }
      await delay(againAfterMs, undefined, { signal });
    }
    throw new Error(`${init.method ?? 'GET'} ${path}: no answer within ${patienceMs / 1000} s (${last})`);
  };

  const get = async (path: string): Promise<Uint8Array> => {
    const { status, bytes } = await ask(path, {});
    if (status >= 300) throw new Error(`GET ${path}: ${status} ${new TextDecoder().decode(bytes)}`);
    return bytes;
  };

  return {
    statuses,
    outrages,
    get: (async (path: string) => parse(await get(path))) as Client['get'],
    bytes: get,
    post: (async (path: string, payload: Payload, key: string = randomUUID()) => {
      const answer = await ask(path, {
        method: 'POST',
        headers: { 'idempotency-key': key, ...contentType(payload) },
        ...(payload !== null && { body: 'csv' in payload ? payload.csv : JSON.stringify(payload.json) }),
      });
      return { status: answer.status, body: parse(answer.bytes) };
    }) as Client['post'],
    delete: async (path) => (await ask(path, { method: 'DELETE' })).status,
    stream: (path, headers) => fetch(`${nextUrl()}${path}`, { headers, signal }),
  };
}

/** The same request is being answered elsewhere: it has a copy on its way. */
const isInFlight = ({ status }: { status: number }, text: () => string): boolean =>
  status === 409 && text().includes('idempotency');

const contentType = (payload: Payload): Record<string, string> =>
  payload === null ? {} : { 'content-type': 'csv' in payload ? 'text/csv' : 'application/json' };

const parse = (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes)) as unknown;
