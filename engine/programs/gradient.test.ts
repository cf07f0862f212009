/** Gradients of whole networks, of every variant, against central differences in float64. */
import { expect, test } from 'vitest';
import { interpret } from '../graph/interpret.ts';
import { optimize } from '../graph/passes/optimize.ts';
import { difference, randomArray } from '../graph/testing/numbers.ts';
import { differenceOfGraphs, runOnnx } from '../graph/testing/programs.ts';
import type { ReaderArchitecture } from '../spec/architectures.ts';
import type { Activation, CellKind } from '../spec/cells.ts';
import type { PlainLoss } from '../spec/losses.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import { parameterCount, parameterLayout } from './parameters.ts';
import { gradientProgram } from './train-program.ts';

const variants: readonly Partial<NetworkShape>[] = [
  {},
  { residual: true, learnInitialState: true },
  { bidirectional: true },
  { layerNorm: true },
  { pooling: 'mean' },
  { bidirectional: true, pooling: 'max' },
  { layerNorm: true, bidirectional: true, residual: true, learnInitialState: true },
];
/** A new activation or cell does not compile before it is here. */
const activations: Record<Activation, true> = {
  tanh: true,
  relu: true,
  sigmoid: true,
  softsign: true,
  elu: true,
  leaky_relu: true,
  identity: true,
};
const kinds: Record<CellKind, readonly Pick<NetworkShape, 'activation' | 'peepholes'>[]> = {
  rnn: (Object.keys(activations) as Activation[]).map((activation) => ({ activation })),
  lstm: [{}, { peepholes: true }],
  gru: [{}],
};
const architectures: Record<ReaderArchitecture, readonly [PlainLoss, 'all' | 'last']> = {
  sequence_to_vector: ['mse', 'last'],
  sequence_to_sequence: ['mae', 'all'],
};

const cellsOf = (cell: CellKind) => kinds[cell].map((kind) => ({ cell, ...kind }));
const cases = (Object.keys(kinds) as CellKind[])
  .flatMap(cellsOf)
  .flatMap((kind) => variants.map((variant) => ({ ...kind, ...variant })));

test.each(cases.map((network) => [JSON.stringify(network), network] as const))('%s', async (_name, kind) => {
  const asked = (Object.keys(architectures) as ReaderArchitecture[])
    .filter((architecture) => kind.pooling === undefined || architecture === 'sequence_to_vector')
    .map((architecture) => [architecture, ...architectures[architecture]] as const);
  for (const [architecture, loss, lossSteps] of asked) {
    const network: NetworkShape = {
      ...kind,
      architecture,
      inputSize: 2,
      hiddenSize: 3,
      layers: 2,
      outputSize: 2,
    };
    const [T, N, P] = [4, 3, parameterCount(network)];
    const graph = gradientProgram({ network, loss, lossSteps });
    const feeds = {
      parameters: randomArray([P], 'parameters'),
      x: randomArray([T, N, 2], 'x'),
      y: randomArray([lossSteps === 'all' ? T : 1, N, 2], 'y'),
    };
    const exact = interpret(graph, feeds).gradient!.data;
    const lossAt = (index: number, offset: number) => {
      const data = feeds.parameters.data.slice();
      data[index]! += offset;
      return interpret(graph, { ...feeds, parameters: { shape: [P], data } }).loss!.data[0]!;
    };
    const step = 1e-6;
    // one parameter of each tensor, at a place of its own
    const sample = parameterLayout(network).map(({ offset, size }) => offset + ((offset * 7) % size));
    const numeric = sample.map((index) => (lossAt(index, step) - lossAt(index, -step)) / (2 * step));
    expect(
      difference(
        sample.map((index) => exact[index]!),
        numeric,
      ),
    ).toBeLessThan(1e-6);

    const optimized = optimize(graph);
    expect(differenceOfGraphs(graph, optimized, feeds)).toBeLessThan(1e-11);
    const { gradient } = await runOnnx(optimized, feeds);
    // the deviation of 3 features can be small, and float32 loses a digit in dividing by it
    expect(difference(gradient!.data, exact)).toBeLessThan(network.layerNorm ? 1e-4 : 1e-5);
  }
});
