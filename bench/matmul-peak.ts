/** What this machine can do at most: GFLOP/s of one large matrix product, in the same ONNX Runtime as everything else. */
import { encodeModel } from '../engine/graph/onnx/proto.ts';
import { openSession } from '../engine/runtime/session.ts';
import { clocks, type Clock } from './contender.ts';

/** [M,K] × [K,N]: large in K, so that what a call costs besides (the copy of its result) does not count. */
const [M, K, N] = [512, 4096, 512];

/** Best GFLOP/s in float32 over about this many milliseconds. */
export async function matmulPeak(threads: number, milliseconds: number, clock: Clock): Promise<number> {
  const model = encodeModel({
    name: 'peak',
    nodes: [{ opType: 'MatMul', name: 'c', input: ['a', 'b'], output: ['c'], attributes: {} }],
    inputs: [
      { name: 'a', shape: [M, K] },
      { name: 'b', shape: [K, N] },
    ],
    outputs: [{ name: 'c', shape: [M, N] }],
    initializers: [],
  });
  const session = await openSession(model, { threads });
  const random = (...dims: [number, number]) => ({
    data: Float32Array.from({ length: dims[0] * dims[1] }, () => Math.random() - 0.5),
    dims,
  });
  const feeds = { a: random(M, K), b: random(K, N) };
  const now = clocks[clock];
  let bestMs = Infinity;
  for (const end = performance.now() + milliseconds; performance.now() < end;) {
    const start = now();
    await session.run(feeds);
    bestMs = Math.min(bestMs, now() - start);
  }
  await session.release();
  return (2 * M * K * N) / bestMs / 1e6;
}
