/**
 * One whole training step (forward, linear head on the last step, mean squared error, backpropagation through time,
 * Adam) of the engine beside PyTorch and any other peer, interleaved, so that all meet the same state of the machine.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { clocks, type Clock, type Contender } from './contender.ts';
import { takeDenormalsForZero } from '../engine/runtime/denormals.ts';
import { engineContender } from './engine-contender.ts';
import { python } from './environment.ts';
import { matmulPeak } from './matmul-peak.ts';
import { startPeer } from './peers/peer-process.ts';
import { operationsOfStep, points, variantOf, type Point } from './points.ts';

/** One point's result: point, threads, `<name>_ms` of every contender, and what follows from them. */
type Row = Point & {
  readonly threads: number;
  readonly ours_ms: number;
  /** Null where PyTorch took no part. */
  readonly pytorch_ms: number | null;
  /** PyTorch's time over ours: above 1, ours is faster. */
  readonly ratio: number | null;
  readonly gflops: number;
  readonly percent_of_peak: number;
  readonly [peer: `${string}_ms`]: number | null;
};

const rounded = (value: number, digits = 4): number => Number(value.toPrecision(digits));

function readOptions(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: 'boolean', default: false },
      threads: { type: 'string', default: '1' },
      cell: { type: 'string' },
      hidden: { type: 'string' },
      plain: { type: 'boolean', default: false },
      with: { type: 'string' },
      turns: { type: 'string', default: '16' },
      milliseconds: { type: 'string', default: '150' },
      clock: { type: 'string', default: 'wall' },
      peer: { type: 'string', multiple: true, default: [] },
    },
  });
  const whole = (name: 'threads' | 'turns' | 'milliseconds'): number => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < 1) {
      throw new Error(`--${name}: expected a whole number from 1 on, got ${values[name]}`);
    }
    return value;
  };
  const { clock } = values;
  if (!Object.hasOwn(clocks, clock)) {
    throw new Error(`--clock: expected ${Object.keys(clocks).join(' or ')}, got ${clock}`);
  }
  const chosen = points.filter(
    (point) =>
      (values.cell ?? point.cell) === point.cell &&
      (values.hidden === undefined || Number(values.hidden) === point.hidden) &&
      (!values.plain || variantOf(point) === '') &&
      (values.with === undefined || variantOf(point).includes(values.with)),
  );
  if (chosen.length === 0) throw new Error('--cell, --hidden, --with: expected those of a point, got none');
  const peers = values.peer.map((peer) => {
    const [name = '', command = ''] = peer.split(/=(.*)/s);
    if (!/^\w+$/.test(name) || command === '') {
      throw new Error(`--peer: expected name=command, got ${peer}`);
    }
    return { name, command: command.split(' ') };
  });
  return {
    json: values.json,
    threads: whole('threads'),
    turns: whole('turns'),
    milliseconds: whole('milliseconds'),
    clock: clock as Clock,
    chosen,
    peers,
  };
}

/** Milliseconds of a step in the best turn of each contender, in their order. */
async function measurePoint(
  contenders: readonly Contender[],
  point: Point,
  { threads, turns, milliseconds, clock }: ReturnType<typeof readOptions>,
): Promise<number[]> {
  for (const contender of contenders) await contender.prepare(point, threads);
  const best = contenders.map(() => Infinity);
  for (let turn = 0; turn < turns; turn++) {
    for (const [index, contender] of contenders.entries()) {
      best[index] = Math.min(best[index]!, await contender.takeTurn(milliseconds, clock));
    }
  }
  return best;
}

function rowOf(
  point: Point,
  threads: number,
  contenders: readonly Contender[],
  best: readonly number[],
  peak: number,
): Row {
  const times = new Map(contenders.map(({ name }, index) => [name, best[index]!]));
  const ours = times.get('ours')!;
  const pytorch = times.get('pytorch') ?? null;
  const gflops = operationsOfStep(point) / ours / 1e6;
  return {
    ...point,
    threads,
    ours_ms: rounded(ours),
    pytorch_ms: pytorch === null ? null : rounded(pytorch),
    ratio: pytorch === null ? null : rounded(pytorch / ours, 3),
    gflops: rounded(gflops, 3),
    percent_of_peak: rounded((100 * gflops) / peak, 3),
    ...Object.fromEntries([...times].map(([name, ms]) => [`${name}_ms`, rounded(ms)])),
  };
}

function printTable(rows: readonly Row[], contenders: readonly Contender[]): void {
  const peers = contenders.map(({ name }) => name).filter((name) => name !== 'ours');
  const header = [
    'cell',
    'with',
    'I',
    'H',
    'T',
    'N',
    'ours ms',
    ...peers.flatMap((name) => [`${name} ms`, 'ratio']),
    'GFLOP/s',
    '% of peak',
  ];
  const lines = rows.map((row) => [
    row.cell,
    variantOf(row),
    ...[row.input, row.hidden, row.steps, row.batch, row.ours_ms].map(String),
    ...peers.flatMap((name) => {
      const ms = row[`${name}_ms`]!;
      return [String(ms), (ms / row.ours_ms).toFixed(2)];
    }),
    String(row.gflops),
    row.percent_of_peak.toFixed(0),
  ]);
  const widths = header.map((_, column) =>
    Math.max(...[header, ...lines].map((line) => line[column]!.length)),
  );
  for (const line of [header, widths.map((width) => '-'.repeat(width)), ...lines]) {
    console.log(`| ${line.map((text, column) => text.padStart(widths[column]!)).join(' | ')} |`);
  }
}

export async function trainStep(args: string[]): Promise<void> {
  let options: ReturnType<typeof readOptions>;
  try {
    options = readOptions(args);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 2;
    return;
  }
  const { threads, clock } = options;
  const note = (text: string) => console.error(text);
  const pytorch = fileURLToPath(new URL('peers/train_step.py', import.meta.url));

  takeDenormalsForZero();
  const contenders: Contender[] = [engineContender()];
  for (const { name, command } of [{ name: 'pytorch', command: [python, pytorch] }, ...options.peers]) {
    try {
      contenders.push(await startPeer(name, command, threads));
    } catch (error) {
      note(`${name} takes no part: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  try {
    for (const { name, description } of contenders) note(`${name}: ${description}`);
    const measured: { point: Point; best: number[] }[] = [];
    // The peak is taken before, between and after the points: the best of it is what the machine gave in this run.
    let peak = await matmulPeak(threads, 1000, clock);
    for (const point of options.chosen) {
      const best = await measurePoint(contenders, point, options);
      measured.push({ point, best });
      peak = Math.max(peak, await matmulPeak(threads, 300, clock));
      note(
        `${point.cell} ${variantOf(point)} ${[point.input, point.hidden, point.steps, point.batch].join()}: ` +
          contenders.map(({ name }, index) => `${name} ${best[index]!.toFixed(3)} ms`).join(', '),
      );
    }
    note(`peak: ${peak.toFixed(0)} GFLOP/s with ${threads} thread${threads === 1 ? '' : 's'}`);
    const rows = measured.map(({ point, best }) => rowOf(point, threads, contenders, best, peak));
    if (options.json) for (const row of rows) console.log(JSON.stringify(row));
    else printTable(rows, contenders);
  } finally {
    for (const contender of contenders) await contender.close();
  }
}
