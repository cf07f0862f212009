/** What lies behind the end of a piece of work that is nobody's mistake: memory and room, as all that we run says it. */
import type { ChildExit } from './child-process.ts';

const memoryWords = /bad_alloc|out of memory|allocation failed|failed to allocate|cannot allocate memory/i;

/** Null: something else. */
export function causeOf(error: unknown): 'storage_full' | 'out_of_memory' | null {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const text = String(error);
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'storage_full' || /no space left/i.test(text))
    return 'storage_full';
  return code === 'ENOMEM' || memoryWords.test(text) ? 'out_of_memory' : null;
}

/** What the end of a child that reported neither success nor failure means; `killed`: it may do better another time. */
export function causeOfExit(exit: ChildExit): {
  killed: boolean;
  cause: 'out_of_memory' | 'worker_lost' | 'internal';
} {
  if (memoryWords.test(exit.stderr)) return { killed: false, cause: 'out_of_memory' };
  if (exit.signal === null) return { killed: false, cause: 'internal' };
  // Others on the machine may have taken the memory: it is worth another attempt.
  return { killed: true, cause: exit.outOfMemory ? 'out_of_memory' : 'worker_lost' };
}

/** For the log of the worker. */
export const describeExit = ({ code, signal, stderr }: ChildExit): string =>
  `exit code ${code ?? 'none'}, signal ${signal ?? 'none'}\n${stderr}`;
