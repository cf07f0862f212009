/** What tests from outside ask of a launched service: requests as anyone would send them, datasets that are ready, models that are trained. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import type { ModelCard } from '../../domain/models/model.ts';
import { launchService, type LaunchedService } from '../e2e/launched-service.ts';

/** How long is waited, and how long between two looks, in milliseconds. */
interface Waiting {
  readonly timeout: number;
  readonly interval: number;
}
interface Waits {
  /** For a dataset to be ready. */
  readonly datasets?: Waiting;
  /** For a training job to end. */
  readonly jobs?: Waiting;
}

/** JSON, unless `headers` say something else; a form says itself what it is. */
type Body = object | string | FormData | Uint8Array<ArrayBuffer>;
type Headers = Readonly<Record<string, string>>;
const asSent = (body: Body, headers: Headers) =>
  body instanceof FormData
    ? { body, headers }
    : {
        body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
        headers: { 'content-type': 'application/json', ...headers },
      };

export interface Asked {
  /** Of the model. */
  readonly name: string;
  readonly [part: string]: unknown;
}

/** `Answer` is what a test looks at of any answer. */
export function clientOf<Answer extends { readonly id: string; readonly status: string }>(
  { url, output }: Pick<LaunchedService, 'url' | 'output'>,
  { datasets = { timeout: 60_000, interval: 100 }, jobs = { timeout: 120_000, interval: 100 } }: Waits = {},
) {
  const send = async (method: string, path: string, body?: Body, headers: Headers = {}) => {
    const response = await fetch(`${url}${path}`, {
      method,
      ...(body !== undefined && asSent(body, headers)),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      json: (text === '' ? null : JSON.parse(text)) as Answer,
    };
  };
  /** What is told at `path` as soon as its status is one of those. */
  const until = (path: string, statuses: readonly string[], waiting: Waiting): Promise<Answer> =>
    vi.waitFor(async () => {
      const { json } = await send('GET', path);
      expect(statuses).toContain(json.status);
      return json;
    }, waiting);
  return {
    send,
    until,
    /** The id of a dataset that is ready. */
    uploaded: async (name: string, body: Body, type = 'text/csv'): Promise<string> => {
      const { status, json } = await send('POST', `/v1/datasets?name=${name}`, body, {
        'content-type': type,
      });
      expect(status, JSON.stringify(json)).toBe(202);
      const dataset = await until(`/v1/datasets/${json.id}`, ['ready', 'rejected'], datasets);
      expect(dataset.status, JSON.stringify(dataset)).toBe('ready');
      return json.id;
    },
    /** The card of what the job comes to. */
    trained: async (job: Asked): Promise<ModelCard> => {
      const { status, json } = await send('POST', '/v1/training-jobs', job);
      expect(status, JSON.stringify(json) + output()).toBe(202);
      const ended = await until(`/v1/training-jobs/${json.id}`, ['succeeded', 'failed', 'cancelled'], jobs);
      expect(ended.status, JSON.stringify(ended) + output()).toBe('succeeded');
      const card = await send('GET', `/v1/models/${job.name}/card`);
      expect(card.status, JSON.stringify(card.json) + output()).toBe(200);
      return card.json as unknown as ModelCard;
    },
    onnx: async (model: string, query = ''): Promise<Uint8Array> => {
      const response = await fetch(`${url}/v1/models/${model}/onnx${query}`);
      expect(response.status).toBe(200);
      return new Uint8Array(await response.arrayBuffer());
    },
  };
}

/** A service of one's own in a folder of its own, and a client of it. */
export async function launchClient<Answer extends { readonly id: string; readonly status: string }>({
  environment,
  ...waits
}: Waits & { readonly environment?: Record<string, string> } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'unroll-outside-'));
  const service = await launchService(folder, environment);
  return {
    ...clientOf<Answer>(service, waits),
    url: service.url,
    output: service.output,
    folder,
    close: async (): Promise<void> => {
      await service.end('SIGTERM');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export type LaunchedClient<Answer extends { readonly id: string; readonly status: string }> = Awaited<
  ReturnType<typeof launchClient<Answer>>
>;
