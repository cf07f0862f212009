/** A batch of sequences of different length gives each row what it gives alone. */
import { expect, test } from 'vitest';
import { interpret } from '../../graph/interpret.ts';
import type { NdArray } from '../../graph/nd-array.ts';
import { difference, randomArray } from '../../graph/testing/numbers.ts';
import { lossAndGradientProgram } from '../optimization-program.ts';
import { randomBatch, smallWriters } from './testing.ts';
import { writerProblem } from './writer-loss.ts';
import { writerLayout } from './writer-parameters.ts';

const padded = Object.entries(smallWriters).filter(
  ([, writer]) => writer.architecture === 'encoder_decoder' && writer.encoder.padded,
);
const sizes = { T: 5, S: 4, N: 3 };

test.each(padded)('%s', (_name, writer) => {
  const P = writerLayout(writer).reduce((total, { size }) => total + size, 0);
  const graph = lossAndGradientProgram(
    writerProblem({ writer, loss: { type: 'cross_entropy', label_smoothing: 0 } }),
  );
  const parameters = randomArray([P], 'parameters');
  const batch = randomBatch(writer, sizes, false);
  const together = interpret(graph, { parameters, ...batch });
  const gradient = new Float64Array(P);
  let weight = 0;
  for (let row = 0; row < sizes.N; row++) {
    const length = [...batch.mask!.data].filter(
      (seen, index) => index % sizes.N === row && seen === 1,
    ).length;
    /** That row alone, without its padding. */
    const alone = ({ shape, data }: NdArray, steps: number): NdArray => {
      const size = shape.slice(2).reduce((total, width) => total * width, 1);
      return {
        shape: [steps, 1, ...shape.slice(2)],
        data: data.filter(
          (_, index) =>
            Math.floor(index / size) % sizes.N === row && Math.floor(index / size / sizes.N) < steps,
        ),
      };
    };
    const own = interpret(graph, {
      parameters,
      x: alone(batch.x!, length),
      mask: alone(batch.mask!, length),
      ...Object.fromEntries(['previous', 'y', 'weights'].map((name) => [name, alone(batch[name]!, sizes.S)])),
    });
    expect(difference(own.prediction!.data, alone(together.prediction!, sizes.S).data)).toBeLessThan(1e-12);
    const total = alone(batch.weights!, sizes.S).data.reduce((sum, value) => sum + value, 0);
    weight += total;
    own.gradient!.data.forEach((value, index) => (gradient[index]! += value * total));
  }
  expect(
    difference(
      gradient.map((value) => value / weight),
      together.gradient!.data,
    ),
  ).toBeLessThan(1e-12);
});
