/** Dropout of networks that write: masks of ones drop nothing, and with any masks the gradient is that of central differences. */
import { expect, test } from 'vitest';
import { interpret } from '../../graph/interpret.ts';
import type { NdArray } from '../../graph/nd-array.ts';
import { optimize } from '../../graph/passes/optimize.ts';
import { difference, randomArray } from '../../graph/testing/numbers.ts';
import { differenceOfGraphs, runOnnx } from '../../graph/testing/programs.ts';
import type { WriterShape } from '../../spec/decoder-shape.ts';
import { drawnShape } from '../drawn-inputs.ts';
import { optimizationProgram } from '../optimization-program.ts';
import { randomBatch, smallWriters } from './testing.ts';
import { writerProblem } from './writer-loss.ts';
import { writerLayout } from './writer-parameters.ts';

const sizes = { T: 4, S: 3, N: 3 };
const names = [
  'gru from a bidirectional lstm, two layers, additive attention',
  'lstm that sees the last state at every step',
  'residual layer-normalised lstm with peepholes, scaled attention, numbers',
  'vector to symbols',
] as const;

const problemOf = (writer: WriterShape, dropping: object, sampling: boolean) => {
  const decoder = { ...writer.decoder, ...dropping };
  const whole =
    writer.architecture === 'encoder_decoder'
      ? { ...writer, decoder, encoder: { ...writer.encoder, ...dropping } }
      : { ...writer, decoder };
  const loss =
    decoder.writes.type === 'tokens' ? ({ type: 'cross_entropy', label_smoothing: 0 } as const) : 'mse';
  return writerProblem({ writer: whole, loss, sampling });
};

/** One step of plain descent at rate 1: what the parameters lose is the gradient. */
const programOf = (problem: ReturnType<typeof problemOf>) =>
  optimizationProgram(problem, {
    optimizer: { type: 'sgd', learning_rate: 1, momentum: 0, nesterov: false, weight_decay: 0 },
    clipNorm: null,
  });

test.each(names.flatMap((name) => [false, true].map((sampling) => [name, sampling] as const)))(
  '%s, sampling %s',
  async (name, sampling) => {
    const writer = smallWriters[name]!;
    const P = writerLayout(writer).reduce((total, { size }) => total + size, 0);
    const dropping = problemOf(writer, { dropout: 0.5, recurrentDropout: 0.25 }, sampling);
    const batch = Object.entries(randomBatch(writer, sizes, sampling)).map(
      ([input, { shape, data }]): [string, NdArray] => [input, { shape: [1, ...shape], data }],
    );
    const feeds: Record<string, NdArray> = {
      parameters: randomArray([P], 'parameters'),
      learning_rate: { shape: [1], data: Float64Array.of(1) },
      ...Object.fromEntries(batch),
    };
    const masks = (value: (random: number, rate: number) => number) =>
      Object.fromEntries(
        dropping.drawn.flatMap((drawn): [string, NdArray][] => {
          if (drawn.draws !== 'mask') return [];
          const { shape, data } = randomArray([1, ...drawnShape(drawn, sizes)], drawn.name);
          return [[drawn.name, { shape, data: data.map((random) => value((random + 1) / 2, drawn.rate)) }]];
        }),
      );
    const graph = programOf(dropping);
    const whole = interpret(programOf(problemOf(writer, {}, sampling)), feeds);
    const ones = interpret(graph, { ...feeds, ...masks(() => 1) });
    expect(difference(ones.next_parameters!.data, whole.next_parameters!.data)).toBeLessThan(1e-13);

    const given = { ...feeds, ...masks((random, rate) => (random < rate ? 0 : 1 / (1 - rate))) };
    const { next_parameters: next } = interpret(graph, given);
    expect(difference(next!.data, whole.next_parameters!.data)).toBeGreaterThan(1e-4);
    const optimized = optimize(graph);
    expect(differenceOfGraphs(graph, optimized, given)).toBeLessThan(1e-11);
    const fast = await runOnnx(optimized, given);
    expect(difference(fast.next_parameters!.data, next!.data)).toBeLessThan(1e-5);

    // numbers that the decoder wrote itself are taken as given, which a difference of losses does not know
    if (sampling && writer.decoder.writes.type === 'numbers') return;
    const parameters = feeds.parameters!.data;
    const lossAt = (index: number, offset: number) => {
      const data = parameters.slice();
      data[index]! += offset;
      return interpret(graph, { ...given, parameters: { shape: [P], data } }).loss!.data[0]!;
    };
    const sample = Array.from({ length: 25 }, (_, index) => Math.floor((index * P) / 25));
    const numeric = sample.map((index) => (lossAt(index, 1e-6) - lossAt(index, -1e-6)) / 2e-6);
    const exact = sample.map((index) => parameters[index]! - next!.data[index]!);
    expect(difference(exact, numeric)).toBeLessThan(1e-6);
  },
);
