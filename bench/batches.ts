/**
 * `npm run bench -- batches [--json]`: how long it takes to cut a batch of windows out of kept rows, beside a training step on it. Once with all rows in memory, and
 * once from a file of which an eighth may be held.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { rowKeeper, windowFrame } from '../datasets/features/window-frame.ts';
import { rowWriter, type RowStore } from '../datasets/windows/row-store.ts';
import { tableWindows } from '../datasets/windows/table-windows.ts';
import { permutation, randomStream } from '../engine/random/random-stream.ts';
import { clocks } from './contender.ts';
import { engineContender } from './engine-contender.ts';
import { points, type Point } from './points.ts';

const rows = 500_000;
const batchesPerTurn = 200;
const turns = 5;
/** The fastest network at each size. */
const wanted = points.filter(
  ({ cell, layers, bidirectional, layer_norm: norm, attention }) =>
    cell === 'rnn' && layers === undefined && !bidirectional && !norm && !attention,
);

interface Measured {
  readonly input: number;
  readonly steps: number;
  readonly batch: number;
  readonly rows_held: 'all' | 'an eighth';
  readonly held_mb: number;
  readonly cut_ms: number;
  readonly step_ms: number;
  readonly ratio: number;
}

export async function batches(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { json: { type: 'boolean', default: false } } });
  const contender = engineContender();
  const folder = await mkdtemp(join(tmpdir(), 'unroll-batches-'));
  const clock = clocks.cpu;
  const found: Measured[] = [];
  try {
    for (const point of wanted) {
      await contender.prepare(point, 1);
      const count = Math.floor(rows / point.input);
      for (const part of [1, 8]) {
        const maxBytes = Math.ceil((count * (point.input + 1) * 8) / part);
        const { store, cut } = sourceOf(point, count, { path: join(folder, 'rows'), maxBytes });
        const [steps, cuts]: [number[], number[]] = [[], []];
        for (let turn = 0; turn < turns; turn++) {
          steps.push(await contender.takeTurn(150, 'cpu'));
          const started = clock();
          cut(turn);
          cuts.push((clock() - started) / batchesPerTurn);
        }
        const [stepMs, cutMs] = [Math.min(...steps), Math.min(...cuts)];
        found.push({
          input: point.input,
          steps: point.steps,
          batch: point.batch,
          rows_held: part === 1 ? 'all' : 'an eighth',
          held_mb: Number((store.bytesHeld() / 2 ** 20).toFixed(2)),
          cut_ms: Number(cutMs.toPrecision(3)),
          step_ms: Number(stepMs.toPrecision(3)),
          ratio: Number((stepMs / cutMs).toPrecision(3)),
        });
        store.release();
      }
    }
  } finally {
    await contender.close();
    await rm(folder, { recursive: true });
  }
  if (values.json) for (const row of found) console.log(JSON.stringify(row));
  else console.table(found);
}

/** Windows of numbers that mean nothing, in random order. */
function sourceOf(point: Point, count: number, keeping: { path: string; maxBytes: number }) {
  const { input, steps, batch } = point;
  const columns = Array.from({ length: input }, (_, index) => ({ column: `c${index}` }));
  const frame = windowFrame({ inputs: columns, targets: [{ column: 'y' }], missing: 'error' });
  const writer = rowWriter({ rows: count, width: frame.width, ...keeping });
  const keeper = rowKeeper(frame);
  const values = new Float64Array(frame.columns.length);
  for (let row = 0; row < count; row++) {
    for (let index = 0; index < values.length; index++) values[index] = Math.sin(row + index);
    writer.write(keeper.keep(values, null));
  }
  const store: RowStore = writer.finish();
  const windows = count - steps - 1;
  const source = tableWindows(
    {
      store,
      frame,
      categories: [],
      inputScaling: { mean: columns.map(() => 0.1), std: columns.map(() => 2) },
      outputScaling: { mean: [0], std: [1] },
      targets: [frame.placeOf('y')],
      seriesAt: () => -1,
    },
    {
      starts: Uint32Array.from({ length: windows }, (_, index) => index),
      steps,
      horizon: 1,
      targetSteps: 1,
      weighted: false,
    },
  );
  const order = permutation(windows, randomStream(1, 'batches'));
  const [x, y] = [new Float32Array(steps * batch * input), new Float32Array(batch)];
  const cut = (turn: number): void => {
    for (let number = 0; number < batchesPerTurn; number++) {
      const from = ((turn * batchesPerTurn + number) * batch) % (windows - batch);
      source.read(order.subarray(from, from + batch), x, y);
    }
  };
  return { store, cut };
}
