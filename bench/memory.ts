/** What training takes of memory, beside what was reckoned before: each point in a process of its own. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { trainingMemory } from '../engine/programs/training-memory.ts';
import { memoryPoints, sizesOf } from './memory-points.ts';

const run = promisify(execFile);
const child = fileURLToPath(new URL('memory-child.ts', import.meta.url));
const megabytes = (bytes: number): number => Number((bytes / 1e6).toPrecision(3));

export async function memory(args: string[]): Promise<void> {
  const json = args.includes('--json');
  if (!json) console.log('measured MB | reckoned MB | ratio | network');
  for (const [index, point] of memoryPoints.entries()) {
    const { stdout } = await run(process.execPath, [...process.execArgv, child, String(index)]);
    const measured = Number(stdout.trim().split('\n').at(-1));
    const { parameterBytes, stepBytes } = trainingMemory(sizesOf(point));
    const row = {
      ...point,
      measured_mb: megabytes(measured),
      reckoned_mb: megabytes(parameterBytes + stepBytes),
      ratio: Number(((parameterBytes + stepBytes) / measured).toFixed(2)),
    };
    if (json) console.log(JSON.stringify(row));
    else
      console.log(
        [
          String(row.measured_mb).padStart(11),
          String(row.reckoned_mb).padStart(11),
          row.ratio.toFixed(2).padStart(5),
          JSON.stringify(point),
        ].join(' | '),
      );
  }
}
