import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportModel } from '../../../engine/programs/export-model.ts';
import { parameterCount } from '../../../engine/programs/parameters.ts';
import type { NetworkShape } from '../../../engine/spec/network-shape.ts';
import { processEnvironment } from '../../../platform/config/process-environment.ts';
import { reckonSessionBytes } from './session-bytes.ts';
import { ModelNotLoaded, openSessionPool, type SessionPool, type StoredModel } from './session-pool.ts';
import type { Results } from './messages.ts';
import { floats } from './outputs.ts';

const network: NetworkShape = {
  architecture: 'sequence_to_vector',
  cell: 'gru',
  inputSize: 1,
  hiddenSize: 3,
  layers: 1,
  outputSize: 1,
};
let directory: string;
let bytes: number;
const opened: SessionPool[] = [];
const reports: unknown[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'unroll-sessions-'));
  for (let model = 0; model < 4; model++) {
    const file = exportModel({
      network,
      parameters: Float32Array.from({ length: parameterCount(network) }, (_, index) =>
        Math.sin(index + model),
      ),
      horizon: 1,
      inputScaling: { mean: [0], std: [1] },
      outputScaling: { mean: [0], std: [1] },
      metadata: {},
    });
    bytes = file.length;
    await writeFile(join(directory, `model-${model}`), file);
  }
});
afterAll(async () => {
  await Promise.all(opened.map((pool) => pool.close()));
  await rm(directory, { recursive: true });
});

function pool(o: { threads: number; maxModels: number; threadEntry?: URL }): SessionPool {
  const made = openSessionPool({
    threads: o.threads,
    threadEntry:
      o.threadEntry ?? new URL('../../../dist/services/inference/sessions/thread.js', import.meta.url),
    maxBytes: o.maxModels * reckonSessionBytes(bytes),
    storage: { localPath: async (key) => ({ path: join(directory, key), release: async () => undefined }) },
    report: (_message, error) => reports.push(error),
  });
  opened.push(made);
  return made;
}

const model = (number: number): StoredModel => ({
  storageKey: `model-${number}`,
  bytes,
  name: `model-${number}`,
  version: 1,
});
const y = async (answer: Promise<Results>): Promise<Float32Array> => floats(await answer, 'y').data;
const x = (value: number) => ({ x: { data: Float32Array.of(value, value), dims: [1, 2, 1] } });

describe('openSessionPool', () => {
  it('runs what is short on the event loop, too, with the same answers, where there is room', async () => {
    const roomy = pool({ threads: 1, maxModels: 2 });
    const first = await y(roomy.run(model(0), x(0.5)));
    const loaded = async (): Promise<number> => {
      expect(await y(roomy.run(model(0), x(0.5)))).toEqual(first);
      return roomy.loaded().length;
    };
    await expect.poll(loaded, { interval: 0, timeout: 20_000 }).toBe(2);
    expect(await loaded()).toBe(2);

    const tight = pool({ threads: 1, maxModels: 1 });
    for (let run = 0; run < 100; run++) await tight.run(model(0), x(0.5));
    expect(tight.loaded().length).toBe(1);
  });

  it('answers the same however many models share few places', async () => {
    const roomy = pool({ threads: 1, maxModels: 4 });
    const expected = await Promise.all(
      [0, 1, 2, 3].map(async (number) => (await y(roomy.run(model(number), x(0.5))))[0]),
    );
    expect(new Set(expected).size).toBe(4);
    expect(roomy.loadedBytes).toBe(4 * reckonSessionBytes(bytes));
    expect(roomy.loaded().length).toBe(4);

    const tight = pool({ threads: 2, maxModels: 1 });
    const asked = Array.from({ length: 40 }, (_, index) => (index * 7) % 4);
    const answers = await Promise.all(
      asked.map(async (number) => (await y(tight.run(model(number), x(0.5))))[0]),
    );
    expect(answers).toEqual(asked.map((number) => expected[number]));
    expect(tight.loadedBytes).toBeLessThanOrEqual(reckonSessionBytes(bytes));
  });

  it('keeps ONNX Runtime from reporting to its maker, in the whole process', async () => {
    Reflect.deleteProperty(processEnvironment, 'ORT_DISABLE_TELEMETRY');
    await pool({ threads: 1, maxModels: 4 }).run(model(0), x(0.5));
    expect(processEnvironment.ORT_DISABLE_TELEMETRY).toBe('1');
  });

  it('tells who asked that a model will not load, and loads it again when asked again', async () => {
    const sessions = pool({ threads: 1, maxModels: 4 });
    const late = { ...model(0), storageKey: 'late' };
    await expect(sessions.run(late, x(1))).rejects.toThrow(ModelNotLoaded);
    await expect(sessions.load(late)).rejects.toThrow(ModelNotLoaded);
    expect(sessions.loadedBytes).toBe(0);
    const file = exportModel({
      network,
      parameters: new Float32Array(parameterCount(network)),
      horizon: 1,
      inputScaling: { mean: [0], std: [1] },
      outputScaling: { mean: [5], std: [1] },
      metadata: {},
    });
    await writeFile(join(directory, 'late'), file);
    expect(await sessions.load(late)).toMatchObject({
      inputs: [{ name: 'x', type: 'float32', shape: ['batch', 'time', 1] }],
      outputs: [{ name: 'y', type: 'float32', shape: ['batch', 1, 1] }],
    });
    expect((await y(sessions.run(late, x(1))))[0]).toBe(5);
  });

  it('rejects what a dying thread was asked, replaces it, and leaves the others alone', async () => {
    const entry = join(directory, 'fragile.mjs');
    const real = new URL('../../../dist/services/inference/sessions/thread.js', import.meta.url);
    // The real thread, which is made to die by an input of 666.
    await writeFile(
      entry,
      `import { parentPort } from 'node:worker_threads';
       await import(${JSON.stringify(real.href)});
       parentPort.on('message', ({ request }) => {
         if (request?.kind === 'run' && request.feeds.x.data[0] === 666) process.exit(7);
       });`,
    );
    const sessions = pool({ threads: 2, maxModels: 4, threadEntry: new URL(`file://${entry}`) });
    const [, , healthy] = await Promise.all([
      sessions.run(model(0), x(0.5)),
      sessions.run(model(1), x(0.5)),
      sessions.run(model(1), x(0.25)),
    ]);
    const dying = sessions.run(model(0), x(666));
    const others = sessions.run(model(1), x(0.25));
    await expect(dying).rejects.toMatchObject({ code: 'unavailable' });
    expect((await others).y).toEqual(healthy.y);
    expect(await y(sessions.run(model(0), x(0.25)))).toHaveLength(1);
    expect(reports.map(String)).toEqual([expect.stringContaining('exit code 7')]);
  });

  it('lets a run that is under way come to its end before it closes', async () => {
    const sessions = pool({ threads: 1, maxModels: 1 });
    await sessions.load(model(0));
    const steps = 100_000;
    const long = sessions.run(model(0), { x: { data: new Float32Array(steps), dims: [1, steps, 1] } });
    await setImmediate();
    await sessions.close();
    expect(await y(long)).toHaveLength(1);
  });

  it('opens and closes models a thousand times without growing', async () => {
    const sessions = pool({ threads: 1, maxModels: 1 });
    const turn = async (times: number): Promise<void> => {
      for (let time = 0; time < times; time++) await sessions.run(model(time % 2), x(0.5));
      (globalThis as { gc?: () => void }).gc?.();
    };
    // Each of the two drops the other one. What the process keeps for reuse it has after some hundred.
    await turn(300);
    const before = process.memoryUsage.rss();
    await turn(1000);
    expect(sessions.loaded().length).toBe(1);
    // A session takes some 200 kB: kept, a thousand would be 200 MB.
    expect(process.memoryUsage.rss() - before).toBeLessThan(20 * 1024 * 1024);
  });
});
