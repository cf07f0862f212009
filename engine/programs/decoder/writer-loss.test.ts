/** Networks that write sequences: gradients against central differences, passes and ONNX Runtime against the interpreter. */
import { describe, expect, test } from 'vitest';
import { interpret } from '../../graph/interpret.ts';
import { optimize } from '../../graph/passes/optimize.ts';
import { loopBodies } from '../../graph/testing/loops.ts';
import { difference, randomArray } from '../../graph/testing/numbers.ts';
import { differenceOfGraphs, runOnnx } from '../../graph/testing/programs.ts';
import type { WriterShape } from '../../spec/decoder-shape.ts';
import type { LossSpecification } from '../../spec/losses.ts';
import { lossAndGradientProgram } from '../optimization-program.ts';
import { randomBatch, smallDecoder, smallEncoder, smallWriters } from './testing.ts';
import { writerProblem } from './writer-loss.ts';
import { writerLayout } from './writer-parameters.ts';

const sizes = { T: 4, S: 3, N: 3 };

const lossFor = ({ decoder }: WriterShape): LossSpecification =>
  decoder.writes.type === 'tokens' ? { type: 'cross_entropy', label_smoothing: 0.1 } : 'mse';

describe.each(Object.entries(smallWriters))('%s', (_name, writer) => {
  test.each([false, true])('gradients and passes, sampling %s', async (sampling) => {
    const layout = writerLayout(writer);
    const P = layout.reduce((total, { size }) => total + size, 0);
    const graph = lossAndGradientProgram(writerProblem({ writer, loss: lossFor(writer), sampling }));
    const feeds = { parameters: randomArray([P], 'parameters'), ...randomBatch(writer, sizes, sampling) };
    const exact = interpret(graph, feeds).gradient!.data;

    const optimized = optimize(graph);
    expect(differenceOfGraphs(graph, optimized, feeds)).toBeLessThan(1e-11);
    const { gradient } = await runOnnx(optimized, feeds);
    expect(difference(gradient!.data, exact)).toBeLessThan(writer.decoder.layerNorm ? 1e-4 : 1e-5);

    // numbers that the decoder wrote itself are taken as given, which a difference of losses does not know
    if (sampling && writer.decoder.writes.type === 'numbers') return;
    const lossAt = (index: number, offset: number) => {
      const data = feeds.parameters.data.slice();
      data[index]! += offset;
      return interpret(graph, { ...feeds, parameters: { shape: [P], data } }).loss!.data[0]!;
    };
    const step = 1e-6;
    // three parameters of each tensor
    const sample = layout.flatMap(({ offset, size }) =>
      [0.1, 0.5, 0.9].map((at) => offset + Math.floor(at * size)),
    );
    const numeric = sample.map((index) => (lossAt(index, step) - lossAt(index, -step)) / (2 * step));
    const found = sample.map((index) => exact[index]!);
    expect(difference(found, numeric)).toBeLessThan(1e-6);
  });
});

test.each([
  { attention: { score: 'dot' }, forward: 23, reverse: 24 },
  { attention: { score: 'additive' }, forward: 27, reverse: 27 },
  // where nothing is fed back, all steps look at once, and the loops are those of the cell alone
  { attention: { score: 'dot', inputFeeding: false }, forward: 11, reverse: 8 },
  { attention: { score: 'additive', inputFeeding: false }, forward: 11, reverse: 8 },
] as const)('the loops of an lstm with $attention have $forward and $reverse nodes', (expected) => {
  const writer: WriterShape = {
    architecture: 'encoder_decoder',
    encoder: smallEncoder('lstm'),
    decoder: smallDecoder('lstm', { attention: expected.attention }),
  };
  const problem = writerProblem({ writer, loss: { type: 'cross_entropy', label_smoothing: 0 } });
  const bodies = loopBodies(optimize(lossAndGradientProgram(problem)));
  const longest = (reverse: boolean) =>
    Math.max(...bodies.filter((body) => body.reverse === reverse).map(({ kinds }) => kinds.length));
  expect([longest(false), longest(true)]).toEqual([expected.forward, expected.reverse]);
});
