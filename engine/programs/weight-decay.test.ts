/** Weight decay is of weight matrices and embeddings alone: biases, gains, peepholes and initial states of a network are left as they are. */
import { expect, test } from 'vitest';
import { interpret } from '../graph/interpret.ts';
import type { NdArray } from '../graph/nd-array.ts';
import { randomArray } from '../graph/testing/numbers.ts';
import type { WriterShape } from '../spec/decoder-shape.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import { randomBatch, smallDecoder, smallEncoder } from './decoder/testing.ts';
import { writerProblem } from './decoder/writer-loss.ts';
import { optimizationProgram, parameterTotal, type Problem } from './optimization-program.ts';
import type { ParameterKind } from './parameters.ts';
import { windowProblem } from './train-program.ts';

const isDecayed: Record<ParameterKind, boolean> = {
  embedding: true,
  input_weight: true,
  recurrent_weight: true,
  head_weight: true,
  bias: false,
  peephole: false,
  gain: false,
  state: false,
};

const everything = { layers: 2, peepholes: true, layerNorm: true } as const;
const network: NetworkShape = {
  ...everything,
  architecture: 'sequence_to_vector',
  cell: 'lstm',
  inputSize: 2,
  embeddings: [{ vocabulary: 3, size: 2 }],
  hiddenSize: 3,
  learnInitialState: true,
  outputSize: 2,
};
const writer: WriterShape = {
  architecture: 'encoder_decoder',
  encoder: smallEncoder('gru', { layerNorm: true, learnInitialState: true }),
  decoder: smallDecoder('lstm', { ...everything, attention: { score: 'additive' } }),
};
const sizes = { T: 4, S: 3, N: 3 };

const cases: Record<string, { problem: Problem; batch: Record<string, NdArray> }> = {
  'a network that reads': {
    problem: windowProblem({ network, loss: 'mse', lossSteps: 'last' }),
    batch: {
      // a number and an id at each step
      x: {
        shape: [4, 3, 2],
        data: randomArray([4, 3, 2], 'x').data.map((value, index) => (index % 2 === 0 ? value : index % 3)),
      },
      y: randomArray([1, 3, 2], 'y'),
    },
  },
  'a network that writes': {
    problem: writerProblem({ writer, loss: { type: 'cross_entropy', label_smoothing: 0 } }),
    batch: randomBatch(writer, sizes, false),
  },
};

test.each(Object.entries(cases))('%s', (_name, { problem, batch }) => {
  const P = parameterTotal(problem);
  const parameters = randomArray([P], 'parameters');
  const feeds = {
    parameters,
    learning_rate: { shape: [1], data: Float64Array.of(0.1) },
    ...Object.fromEntries(
      Object.entries(batch).map(([name, { shape, data }]) => [name, { shape: [1, ...shape], data }]),
    ),
  };
  const after = (decay: number) =>
    interpret(
      optimizationProgram(problem, {
        optimizer: { type: 'sgd', learning_rate: 0.1, momentum: 0, nesterov: false, weight_decay: decay },
        clipNorm: null,
      }),
      feeds,
    ).next_parameters!.data;
  const [plain, decayed] = [after(0), after(0.5)];
  const kinds = new Set<ParameterKind>();
  for (const { name, kind, offset, size } of problem.layout) {
    kinds.add(kind);
    for (let index = offset; index < offset + size; index++)
      expect(plain[index]! - decayed[index]!, name).toBeCloseTo(
        isDecayed[kind] ? 0.1 * 0.5 * parameters.data[index]! : 0,
        12,
      );
  }
  expect([...kinds].sort()).toEqual(Object.keys(isDecayed).sort());
});
