/**
 * A contender in a process of its own that speaks JSON, one object a line (train_step.py says which). It waits for its
 * next line while others are measured, and ends when its input is closed.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { Type, type Static, type TSchema } from 'typebox';
import { Value } from 'typebox/value';
import type { Contender } from '../contender.ts';
import { inherited } from '../environment.ts';
import { embeddingSize, vocabulary } from '../points.ts';

const Greeting = Type.Union([
  Type.Object({ version: Type.String(), detail: Type.String() }),
  Type.Object({ error: Type.String() }),
]);
const Prepared = Type.Object({});
const Turn = Type.Object({ step_ms: Type.Number() });

/** Starts `command`; throws with what it says when it cannot take part. */
export async function startPeer(
  name: string,
  command: readonly string[],
  threads: number,
): Promise<Contender> {
  const [program = '', ...args] = command;
  // A BLAS takes its thread count from here, once, when it is loaded.
  const counts = Object.fromEntries(
    ['OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS'].map((key) => [key, String(threads)]),
  );
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...inherited, ...counts },
  });
  const ended = new Promise<Error>((resolve) => {
    child.once('error', resolve);
    child.once('exit', (code, signal) =>
      resolve(new Error(`ended with ${signal ?? `exit code ${code ?? 0}`}`)),
    );
  });
  child.stdin.on('error', () => undefined); // its end is reported by `ended`
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();

  async function nextLine<Schema extends TSchema>(schema: Schema): Promise<Static<Schema>> {
    const line = await lines.next();
    if (line.done === true) throw await ended;
    return Value.Parse(schema, JSON.parse(line.value));
  }
  async function close(): Promise<void> {
    child.stdin.end();
    await ended;
  }
  async function ask<Schema extends TSchema>(schema: Schema, request: object): Promise<Static<Schema>> {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    return nextLine(schema);
  }

  const greeting = await nextLine(Greeting);
  if ('error' in greeting) {
    await close();
    throw new Error(greeting.error);
  }
  return {
    name,
    description: `${greeting.version}, ${greeting.detail}`,
    prepare: async (point, pointThreads) => {
      const written = point.attention && { vocabulary, embedding: embeddingSize };
      await ask(Prepared, { do: 'prepare', ...point, ...written, threads: pointThreads });
    },
    takeTurn: async (milliseconds, clock) => (await ask(Turn, { do: 'turn', milliseconds, clock })).step_ms,
    close,
  };
}
