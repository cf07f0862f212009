import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const at = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
/** In a process of its own, since it is for all of a process: 1e-39 · 1 by a session, and 1e-309 · 1 by JavaScript. */
const products = (first: string): string => `
const ops = await import(${at('../graph/ops.ts')});
const { compile } = await import(${at('../programs/compile.ts')});
const { openSession } = await import(${at('session.ts')});
const { takeDenormalsForZero } = await import(${at('denormals.ts')});
${first}
const [x, y] = ['x', 'y'].map((name) => ops.input(name, [1]));
const model = compile({ inputs: [x, y], outputs: [{ name: 'z', tensor: ops.multiply(x, y) }] });
const session = await openSession(model, { threads: 1 });
const value = (number) => ({ dims: [1], data: Float32Array.of(number) });
const { z } = await session.run({ x: value(1e-39), y: value(1) });
const [large, small] = Float64Array.of(Number(process.argv[1]), 1e-309);
console.log(JSON.stringify([z.data[0] > 0, large * small > 0]));`;

const run = async (first: string): Promise<unknown> => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...['--import', 'tsx', '--input-type=module', '--eval', products(first)],
    '1',
  ]);
  return JSON.parse(stdout);
};

it('takes denormals for 0 in a process that says so, where the processor can', async () => {
  const flushed = process.arch === 'x64' ? [false, false] : [true, true];
  expect(await run('takeDenormalsForZero();')).toEqual(flushed);
  expect(await run('')).toEqual([true, true]);
});
