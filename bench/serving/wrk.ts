/** The same load from wrk, a client in C: on a machine with few cores it leaves more of them to the server. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Load, Loaded } from './load.ts';

const script = fileURLToPath(new URL('./wrk.lua', import.meta.url));

interface Summary {
  readonly answers: number;
  readonly seconds: number;
  readonly p50_us: number;
  readonly p99_us: number;
  readonly other_status: number;
  readonly unanswered: number;
}

export const hasWrk = (): boolean => spawnSync('wrk', ['-v']).error === undefined;

/** Quantiles are of all answers, whatever their status. */
export async function loadByWrk({
  url,
  bodies,
  connections,
  seconds,
}: Omit<Load, 'rate'>): Promise<Pick<Loaded, 'rps' | 'p50' | 'p99' | 'counts'>> {
  const directory = await mkdtemp(join(tmpdir(), 'unroll-bench-wrk-'));
  try {
    const file = join(directory, 'bodies');
    await writeFile(file, bodies.join('\n'));
    const options = [
      '--threads',
      '1',
      '--connections',
      `${connections}`,
      '--duration',
      `${Math.ceil(seconds)}s`,
    ];
    const { stdout } = await promisify(execFile)('wrk', [
      ...options,
      ...['--timeout', '60s', '--script', script, url, '--', file],
    ]);
    const summary = JSON.parse(stdout.trim().split('\n').at(-1)!) as Summary;
    const right = summary.answers - summary.other_status;
    const counts = new Map([[200, right]]);
    if (summary.other_status > 0) counts.set(-1, summary.other_status);
    if (summary.unanswered > 0) counts.set(0, summary.unanswered);
    return {
      rps: right / summary.seconds,
      p50: summary.p50_us / 1000,
      p99: summary.p99_us / 1000,
      counts,
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
