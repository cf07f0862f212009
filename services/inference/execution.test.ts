import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportModel } from '../../engine/programs/export-model.ts';
import { exportRowModel } from '../../engine/programs/export-row-model.ts';
import { parameterCount } from '../../engine/programs/parameters.ts';
import { randomStream } from '../../engine/random/random-stream.ts';
import type { NetworkShape } from '../../engine/spec/network-shape.ts';
import type { RunReport } from './batching/batcher.ts';
import { createExecution, type Execution } from './execution.ts';
import type { Feeds } from './sessions/messages.ts';
import { floats } from './sessions/outputs.ts';
import { openSessionPool, type SessionPool } from './sessions/session-pool.ts';

const lstm: NetworkShape = {
  architecture: 'sequence_to_vector',
  cell: 'lstm',
  inputSize: 2,
  hiddenSize: 16,
  layers: 1,
  outputSize: 3,
};
const reader: NetworkShape = {
  ...lstm,
  inputSize: 1,
  embeddings: [{ vocabulary: 20, size: 8 }],
  padded: true,
  bidirectional: true,
};
const random = randomStream(11, 'execution');
const weights = (network: NetworkShape) =>
  Float32Array.from({ length: parameterCount(network) }, () => 0.5 * (random.next() * 2 - 1));

let directory: string;
const pools: SessionPool[] = [];
const threadEntry = new URL('../../dist/services/inference/sessions/thread.js', import.meta.url);

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'unroll-execution-'));
  const scaling = (size: number) => ({
    mean: new Array<number>(size).fill(10),
    std: new Array<number>(size).fill(3),
  });
  await writeFile(
    join(directory, 'forecast'),
    exportModel({
      network: lstm,
      parameters: weights(lstm),
      horizon: 3,
      inputScaling: scaling(2),
      outputScaling: scaling(1),
      metadata: {},
    }),
  );
  await writeFile(
    join(directory, 'reader'),
    exportRowModel({
      network: reader,
      inputs: {
        sequence: { kind: 'tokens', embedding: { vocabulary: 20, size: 8 }, padded: true },
        numbers: { mean: [], std: [] },
        categories: [],
      },
      outputs: { kind: 'classes' },
      parameters: weights(reader),
      metadata: {},
    }),
  );
  await writeFile(join(directory, 'broken'), 'this is no ONNX file');
});
afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.close()));
  await rm(directory, { recursive: true });
});

function open(
  o: {
    threads?: number;
    threadEntry?: URL;
    maxBatch?: number;
    timeoutMs?: number;
    maxQueuedRows?: number;
  } = {},
): {
  execution: Execution;
  reports: RunReport[];
} {
  const reports: RunReport[] = [];
  const sessions = openSessionPool({
    threads: o.threads ?? 1,
    threadEntry: o.threadEntry ?? threadEntry,
    maxBytes: 1e8,
    storage: { localPath: async (key) => ({ path: join(directory, key), release: async () => undefined }) },
    report: () => undefined,
  });
  pools.push(sessions);
  const execution = createExecution({
    sessions,
    maxBatch: o.maxBatch ?? 32,
    maxWaitMs: 2,
    maxQueuedRows: o.maxQueuedRows ?? 500,
    maxQueuedBytes: 1e7,
    timeoutMs: o.timeoutMs ?? 20_000,
    onRun: (report) => reports.push(report),
  });
  return { execution, reports };
}

const model = (storageKey: string) => ({ storageKey, bytes: 10_000, name: storageKey, version: 1 });
const window = (T: number): Feeds => ({
  x: { data: Float32Array.from({ length: T * 2 }, () => 10 + 3 * random.next()), dims: [1, T, 2] },
});
const text = (T: number): Feeds => ({
  tokens: { data: BigInt64Array.from({ length: T }, () => BigInt(random.integer(20))), dims: [1, T] },
  lengths: { data: BigInt64Array.of(BigInt(T)), dims: [1] },
});

describe('createExecution', () => {
  it('answers concurrent requests together as it answers each alone, within 1e-6', async () => {
    const { execution, reports } = open();
    for (const [name, output, make] of [
      ['forecast', 'y', () => window(50)],
      ['reader', 'probabilities', (index: number) => text(10 + ((index * 37) % 191))],
    ] as const) {
      const requests = Array.from({ length: 48 }, (_, index) => make(index));
      const alone: Float32Array[] = [];
      for (const feeds of structuredClone(requests))
        alone.push(floats(await execution.run(model(name), feeds), output).data);
      reports.length = 0;
      const together = await Promise.all(requests.map((feeds) => execution.run(model(name), feeds)));
      together.forEach((results, index) => {
        const { data } = floats(results, output);
        expect(data).toHaveLength(alone[index]!.length);
        data.forEach((value, place) => {
          const expected = alone[index]![place]!;
          expect(Math.abs(value - expected) / Math.max(1, Math.abs(expected))).toBeLessThan(1e-6);
        });
      });
      expect(reports.reduce((sum, { rows }) => sum + rows, 0)).toBe(48);
      // 48 of one shape are two runs; texts of 10 to 200 fall into five lengths.
      expect(reports.length).toBeLessThan(name === 'forecast' ? 4 : 16);
    }
  });

  it('knows what a model takes and gives, without having been given anything', async () => {
    const { execution } = open();
    expect((await execution.signature(model('reader'))).inputs).toEqual([
      { name: 'tokens', type: 'int64', shape: ['batch', 'time'] },
      { name: 'lengths', type: 'int64', shape: ['batch'] },
    ]);
  });

  it('keeps a bad request from spoiling its neighbours', async () => {
    const { execution } = open();
    const good = [text(12), text(13), text(11)];
    const expected = await Promise.all(
      structuredClone(good).map((feeds) => execution.run(model('reader'), feeds)),
    );
    const bad: Feeds = { ...text(12), tokens: { data: new BigInt64Array(12).fill(99n), dims: [1, 12] } };
    const [first, second, outcome, third] = await Promise.allSettled(
      [good[0]!, good[1]!, bad, good[2]!].map((feeds) => execution.run(model('reader'), feeds)),
    );
    expect(outcome).toMatchObject({
      status: 'rejected',
      reason: { message: expect.stringContaining('Gather') as string },
    });
    [first, second, third].forEach((settled, index) => {
      if (settled?.status !== 'fulfilled') throw new Error(JSON.stringify(settled));
      const [own, alone] = [settled.value, expected[index]!].map(
        (results) => floats(results, 'probabilities').data,
      );
      own!.forEach((value, place) => expect(value).toBeCloseTo(alone![place]!, 6));
    });
  });

  it('counts what waits for any file of a version as waiting for the version', async () => {
    const { execution } = open({ maxQueuedRows: 4, maxBatch: 1 });
    const own = model('forecast');
    const other = { ...model('reader'), versionKey: 'forecast' };
    await Promise.all([execution.signature(own), execution.signature(other)]);
    const asked = Array.from({ length: 4 }, () => execution.run(other, text(9)));
    expect([execution.isFull(own), execution.isFull(other)]).toEqual([true, true]);
    await expect(execution.run(own, window(5))).rejects.toMatchObject({ code: 'overloaded' });
    const found = await Promise.all(asked);
    expect(found.map((results) => floats(results, 'probabilities').dims)).toEqual(new Array(4).fill([1, 3]));
    expect(execution.isFull(own)).toBe(false);
    expect(floats(await execution.run(own, window(5)), 'y').dims).toEqual([1, 3, 1]);
  });

  it('loses no request but the one that kills the thread', async () => {
    const entry = join(directory, 'fragile.mjs');
    await writeFile(
      entry,
      `import { parentPort } from 'node:worker_threads';
       await import(${JSON.stringify(threadEntry.href)});
       parentPort.on('message', ({ request }) => {
         if (request?.kind === 'run' && request.feeds.x.data.includes(666)) process.exit(7);
       });`,
    );
    const { execution } = open({ threadEntry: new URL(`file://${entry}`) });
    const deadly = window(5);
    deadly.x!.data[3] = 666;
    const requests = [window(5), window(5), deadly, window(5), window(6)];
    const outcomes = await Promise.allSettled(
      requests.map((feeds) => execution.run(model('forecast'), feeds)),
    );
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    expect(outcomes[2]).toMatchObject({ reason: { code: 'unavailable' } });
  });

  it('says of each that a file can not be opened, and goes on with the others', async () => {
    const { execution } = open();
    const broken = await Promise.allSettled([1, 2, 3].map(() => execution.run(model('broken'), window(3))));
    for (const outcome of broken) expect(outcome).toMatchObject({ reason: { name: 'ModelNotLoaded' } });
    expect((await execution.run(model('forecast'), window(3))).y!.dims).toEqual([1, 3, 1]);
  });

  it('gives up what takes longer than it may', async () => {
    const { execution } = open();
    await execution.signature(model('forecast'));
    const long: Feeds = { x: { data: new Float32Array(2 * 400_000), dims: [40, 10_000, 2] } };
    await expect(execution.run(model('forecast'), long, { timeoutMs: 5 })).rejects.toMatchObject({
      code: 'deadline_exceeded',
    });
    expect((await execution.run(model('forecast'), window(3))).y!.dims).toEqual([1, 3, 1]);
  });
});
