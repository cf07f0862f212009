/** Truncated backpropagation through time against PyTorch: three optimiser steps with a carried, detached state (carried.py). */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { interpret } from '../../engine/graph/interpret.ts';
import type { Graph } from '../../engine/graph/graph.ts';
import { emit } from '../../engine/graph/onnx/emit.ts';
import { optimize } from '../../engine/graph/passes/optimize.ts';
import { optimizerOf } from '../../engine/nn/optimizers/table.ts';
import { carriedStates } from '../../engine/programs/carried-states.ts';
import { trainProgram } from '../../engine/programs/train-program.ts';
import { openSession } from '../../engine/runtime/session.ts';
import type { CellKind } from '../../engine/spec/cells.ts';
import type { NetworkShape } from '../../engine/spec/network-shape.ts';
import type { AdamSpecification } from '../../engine/spec/optimizers.ts';
import {
  difference,
  flatten,
  type GoldenFile,
  type GoldenTensor,
  type GoldenTensors,
} from './golden-values.ts';

interface CarriedCase {
  readonly name: string;
  readonly layers: number;
  readonly x: GoldenTensor;
  readonly y: GoldenTensor;
  readonly initial_parameters: GoldenTensors;
  readonly losses: readonly number[];
  readonly gradient_norms: readonly number[];
  /** [layers,N,H] by state. */
  readonly final_states: GoldenTensors;
  readonly final_parameters: GoldenTensors;
}

interface CarriedFile {
  readonly axes: GoldenFile['axes'] & { readonly batch: number };
  readonly chunks: number;
  readonly chunk_steps: number;
  readonly keep: readonly (readonly number[])[];
  readonly clip_norm: number;
  readonly optimizer: AdamSpecification;
  readonly cells: readonly {
    readonly cell: CellKind;
    readonly gate_order: readonly string[];
    readonly cases: readonly CarriedCase[];
  }[];
}

const file = JSON.parse(readFileSync(new URL('carried.json', import.meta.url), 'utf8')) as CarriedFile;
const { axes, chunks: K, chunk_steps: T, optimizer: adam } = file;
const [N, H] = [axes.batch, axes.hidden];

interface Numbers {
  readonly dims: readonly number[];
  readonly data: ArrayLike<number>;
}
type Run = (graph: Graph, feeds: Record<string, Numbers>) => Promise<Record<string, ArrayLike<number>>>;

const runs: [name: string, run: Run, tolerance: number][] = [
  [
    'reference interpreter',
    async (graph, feeds) => {
      const values = interpret(
        graph,
        Object.fromEntries(
          Object.entries(feeds).map(([name, { dims, data }]) => [
            name,
            { shape: dims, data: Float64Array.from(data) },
          ]),
        ),
      );
      return Object.fromEntries(Object.entries(values).map(([name, { data }]) => [name, data]));
    },
    2e-9,
  ],
  [
    'ONNX Runtime',
    async (graph, feeds) => {
      const session = await openSession(emit(optimize(graph)), { threads: 1 });
      const values = await session.run(
        Object.fromEntries(
          Object.entries(feeds).map(([name, { dims, data }]) => [
            name,
            { dims, data: Float32Array.from(data) },
          ]),
        ),
      );
      await session.release();
      return Object.fromEntries(Object.entries(values).map(([name, { data }]) => [name, data]));
    },
    1e-5,
  ],
];

describe.each(runs)('%s', (_, run, tolerance) => {
  for (const { cell, gate_order, cases } of file.cells) {
    test.each(cases)('$name: three Adam steps on chunks of one sequence', async (golden) => {
      const network: NetworkShape = {
        architecture: 'sequence_to_sequence',
        cell,
        inputSize: axes.input,
        hiddenSize: H,
        layers: golden.layers,
        outputSize: axes.output,
      };
      const names = { cell, axes, gate_order, optimizer: adam, cases: [] };
      const parameters = flatten(names, network, golden.initial_parameters);
      const P = parameters.length;
      const optimizer = optimizerOf(adam);
      const schedule = file.keep.map((_keep, step) => optimizer.scheduleAt(step + 1, adam.learning_rate));
      const states = carriedStates(network);
      const result = await run(
        trainProgram({
          network,
          loss: 'mse',
          lossSteps: 'all',
          optimizer: adam,
          clipNorm: file.clip_norm,
          carriesState: true,
        }),
        {
          parameters: { dims: [P], data: parameters },
          ...Object.fromEntries(
            optimizer.state.map((name) => [name, { dims: [P], data: new Float64Array(P) }]),
          ),
          // of a batch before, in which nobody is to go on
          ...Object.fromEntries(
            states.map(({ name }) => [name, { dims: [H, N], data: new Float64Array(H * N).fill(0.7) }]),
          ),
          // chunks follow each other: [K·T,N,·] is [K,T,N,·]
          x: { dims: [K, T, N, axes.input], data: golden.x.data },
          y: { dims: [K, T, N, axes.output], data: golden.y.data },
          keep: { dims: [K, N], data: file.keep.flat() },
          ...Object.fromEntries(
            optimizer.schedule.map((name, index) => [
              name,
              { dims: [K], data: schedule.map((numbers) => numbers[index]!) },
            ]),
          ),
        },
      );
      const found: Record<string, number> = {
        losses: difference(result['loss']!, golden.losses),
        gradient_norms: difference(result['gradient_norm']!, golden.gradient_norms),
        parameters: difference(result['next_parameters']!, flatten(names, network, golden.final_parameters)),
      };
      for (const { name, layer, state } of states) {
        const { data } = golden.final_states[state]!;
        // [N,H] → [H,N]
        const expected = Array.from(
          { length: H * N },
          (_value, index) => data[layer * N * H + (index % N) * H + Math.floor(index / N)]!,
        );
        found[name] = difference(result[`next_${name}`]!, expected);
      }
      for (const [name, distance] of Object.entries(found))
        expect(distance, name).toBeLessThanOrEqual(tolerance);
    });
  }
});
