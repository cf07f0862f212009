/**
 * Both directions, peepholes and layer normalisation against PyTorch (cells.py made the values): outputs, losses, every gradient, and all parameters after
 * three Adam steps; in the float64 interpreter and in ONNX Runtime.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Graph } from '../../engine/graph/graph.ts';
import { interpret } from '../../engine/graph/interpret.ts';
import type { NdArray } from '../../engine/graph/nd-array.ts';
import { optimize } from '../../engine/graph/passes/optimize.ts';
import { runOnnx } from '../../engine/graph/testing/programs.ts';
import { optimizerOf } from '../../engine/nn/optimizers/table.ts';
import { parameterLayout } from '../../engine/programs/parameters.ts';
import { gradientProgram, trainProgram } from '../../engine/programs/train-program.ts';
import type { NetworkShape } from '../../engine/spec/network-shape.ts';
import type { AdamSpecification } from '../../engine/spec/optimizers.ts';
import { difference, type GoldenTensor, type GoldenTensors } from './golden-values.ts';

interface Case extends Pick<NetworkShape, 'cell' | 'layers' | 'bidirectional' | 'peepholes' | 'layerNorm'> {
  readonly name: string;
  readonly batches: readonly { readonly x: GoldenTensor; readonly y: GoldenTensor }[];
  readonly initial_parameters: GoldenTensors;
  readonly outputs: GoldenTensor;
  readonly gradients: GoldenTensors;
  readonly losses: readonly number[];
  readonly final_parameters: GoldenTensors;
}
const golden = JSON.parse(readFileSync(new URL('cells.json', import.meta.url), 'utf8')) as {
  readonly sizes: Readonly<Record<'input' | 'hidden' | 'output', number>>;
  readonly optimizer: AdamSpecification;
  readonly cases: readonly Case[];
};
const { sizes, optimizer: adam } = golden;

const runs: readonly [
  name: string,
  run: (graph: Graph, feeds: Record<string, NdArray>) => Promise<Record<string, NdArray>>,
  tolerance: number,
][] = [
  ['reference interpreter', (graph, feeds) => Promise.resolve(interpret(graph, feeds)), 2e-9],
  ['ONNX Runtime', (graph, feeds) => runOnnx(optimize(graph), feeds), 1e-5],
];

describe.each(runs)('%s', (_name, run, tolerance) => {
  test.each(golden.cases.map((one) => [one.name, one] as const))('%s', async (_case, one) => {
    const { cell, layers, bidirectional, peepholes, layerNorm } = one;
    const network: NetworkShape = {
      architecture: 'sequence_to_sequence',
      cell,
      layers,
      inputSize: sizes.input,
      hiddenSize: sizes.hidden,
      outputSize: sizes.output,
      bidirectional: bidirectional ?? false,
      peepholes: peepholes ?? false,
      layerNorm: layerNorm ?? false,
    };
    const layout = parameterLayout(network);
    const flat = (tensors: GoldenTensors) =>
      Float64Array.from(
        layout.flatMap(({ name, size }) => {
          const { data } = tensors[name]!;
          expect(data).toHaveLength(size);
          return data;
        }),
      );
    const near = (got: Float64Array, tensors: GoldenTensors) => {
      const far = layout
        .map(({ name, offset, size }) => ({
          name,
          distance: difference(got.subarray(offset, offset + size), tensors[name]!.data),
        }))
        .filter(({ distance }) => !(distance <= tolerance));
      expect(far).toEqual([]);
    };
    const data = flat(one.initial_parameters);
    const parameters = { shape: [data.length], data };
    const asArray = ({ shape, data: numbers }: GoldenTensor) => ({ shape, data: Float64Array.from(numbers) });
    const options = { network, loss: 'mse', lossSteps: 'all' } as const;

    const [{ x, y }] = one.batches as [Case['batches'][number]];
    const first = await run(gradientProgram(options), { parameters, x: asArray(x), y: asArray(y) });
    expect(difference(first.prediction!.data, one.outputs.data)).toBeLessThanOrEqual(tolerance);
    near(first.gradient!.data, one.gradients);

    const stacked = (part: 'x' | 'y'): NdArray => ({
      shape: [one.batches.length, ...one.batches[0]![part].shape],
      data: Float64Array.from(one.batches.flatMap((batch) => batch[part].data)),
    });
    const optimizer = optimizerOf(adam);
    const schedule = one.batches.map((_, step) => optimizer.scheduleAt(step + 1, adam.learning_rate));
    const column = (at: number): NdArray => ({
      shape: [schedule.length],
      data: Float64Array.from(schedule, (numbers) => numbers[at]!),
    });
    const zeros = { shape: [data.length], data: new Float64Array(data.length) };
    const trained = await run(trainProgram({ ...options, optimizer: adam, clipNorm: null }), {
      parameters,
      first_moment: zeros,
      second_moment: zeros,
      x: stacked('x'),
      y: stacked('y'),
      step_size: column(0),
      root_correction: column(1),
    });
    expect(difference(trained.loss!.data, one.losses)).toBeLessThanOrEqual(tolerance);
    near(trained.next_parameters!.data, one.final_parameters);
  });
});
