/** Trains one point and says by how many bytes the process grew: what the runtime takes once is there before. */
import { compileFor } from '../engine/programs/compile.ts';
import { openSession, type Value } from '../engine/runtime/session.ts';
import { inputOf } from '../engine/graph/graph.ts';
import { evaluateDimension } from '../engine/graph/dimensions.ts';
import { memoryPoints, programOf, smallest, type MemoryPoint } from './memory-points.ts';

const runs = 3;

async function train(point: MemoryPoint): Promise<void> {
  const graph = programOf(point);
  const { model, memoryPattern } = compileFor(point, graph);
  const extent: Record<string, number> = {
    K: 1,
    A: point.accumulate ?? 1,
    T: point.steps,
    N: point.windows,
    ...('written' in point && { S: point.written }),
  };
  const feeds = Object.fromEntries(
    graph.inputs.map(inputOf).map(({ name, shape }): [string, Value] => {
      const dims = shape.map((dimension) => evaluateDimension(dimension, (symbol) => extent[symbol] ?? NaN));
      return [name, { dims, data: new Float32Array(dims.reduce((size, dim) => size * dim, 1)).fill(0.01) }];
    }),
  );
  const session = await openSession(model, { threads: 1, memoryPattern });
  for (let run = 0; run < runs; run++) await session.run(feeds);
}

const point = memoryPoints[Number(process.argv[2])];
if (point === undefined) throw new Error('expected the number of a point');
await train(smallest(point));
const before = process.memoryUsage().rss;
await train(point);
console.log(process.resourceUsage().maxRSS * 1024 - before);
