/** For tests of the compiler: runs one graph by the reference interpreter and by ONNX Runtime. */
import { openSession } from '../../runtime/session.ts';
import type { Graph } from '../graph.ts';
import { interpret } from '../interpret.ts';
import type { NdArray } from '../nd-array.ts';
import { emit } from '../onnx/emit.ts';
import { difference } from './numbers.ts';

export async function runOnnx(
  graph: Graph,
  feeds: Readonly<Record<string, NdArray>>,
): Promise<Record<string, NdArray>> {
  const session = await openSession(emit(graph), { threads: 1 });
  const values = Object.entries(feeds).map(
    ([name, { data, shape }]) => [name, { data: Float32Array.from(data), dims: shape }] as const,
  );
  const results = await session.run(Object.fromEntries(values));
  await session.release();
  return Object.fromEntries(
    Object.entries(results).map(([name, { data, dims }]) => [
      name,
      { data: Float64Array.from(data), shape: dims },
    ]),
  );
}

/** The largest relative difference between the outputs of two graphs in float64. */
export function differenceOfGraphs(a: Graph, b: Graph, feeds: Readonly<Record<string, NdArray>>): number {
  const [left, right] = [interpret(a, feeds), interpret(b, feeds)];
  return Math.max(...Object.keys(left).map((name) => difference(right[name]!.data, left[name]!.data)));
}
