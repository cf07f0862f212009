/**
 * Networks that write sequences against PyTorch (writers.py made the values): outputs, loss, every gradient, and all parameters after three
 * Adam steps; in the float64 interpreter and in ONNX Runtime.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Graph } from '../../engine/graph/graph.ts';
import { interpret } from '../../engine/graph/interpret.ts';
import type { NdArray } from '../../engine/graph/nd-array.ts';
import { optimize } from '../../engine/graph/passes/optimize.ts';
import { runOnnx } from '../../engine/graph/testing/programs.ts';
import { cellOf } from '../../engine/nn/cells/table.ts';
import { optimizerOf } from '../../engine/nn/optimizers/table.ts';
import { writerProblem } from '../../engine/programs/decoder/writer-loss.ts';
import { writerLayout } from '../../engine/programs/decoder/writer-parameters.ts';
import { lossAndGradientProgram, optimizationProgram } from '../../engine/programs/optimization-program.ts';
import type { Parameter } from '../../engine/programs/parameters.ts';
import type { AttentionScore, DecoderShape, WriterShape } from '../../engine/spec/decoder-shape.ts';
import type { AdamSpecification } from '../../engine/spec/optimizers.ts';
import { difference, type GoldenTensor, type GoldenTensors } from './golden-values.ts';

type Recurrent = 'lstm' | 'gru';
type BatchPart = 'x' | 'seen' | 'previous' | 'y' | 'weights';

interface Case {
  readonly name: string;
  readonly encoder: readonly [cell: Recurrent, size: number, both: boolean] | null;
  readonly decoder: readonly [cell: Recurrent, size: number];
  readonly score: AttentionScore | null;
  readonly padded: boolean;
  /** Whether the encoder's last output goes into every step. */
  readonly context: boolean;
  /** Whether what was written last does. */
  readonly told: boolean;
  /** 0 where there is no encoder. */
  readonly encoder_layers: number;
  readonly decoder_layers: number;
  readonly residual: boolean;
  readonly batches: readonly Readonly<Record<BatchPart, GoldenTensor>>[];
  readonly initial_parameters: GoldenTensors;
  readonly outputs: GoldenTensor;
  readonly gradients: GoldenTensors;
  readonly losses: readonly number[];
  readonly final_parameters: GoldenTensors;
}

const golden = JSON.parse(readFileSync(new URL('writers.json', import.meta.url), 'utf8')) as {
  readonly sizes: Readonly<Record<'vocabulary' | 'embedding' | 'attention' | 'vector' | 'input', number>>;
  readonly label_smoothing: number;
  readonly optimizer: AdamSpecification;
  readonly cases: readonly Case[];
};
const { sizes, optimizer: adam } = golden;
const gateOrder: Record<Recurrent, readonly string[]> = { lstm: ['i', 'f', 'g', 'o'], gru: ['r', 'z', 'n'] };

function writerOf(one: Case): WriterShape {
  const {
    encoder,
    decoder: [cell, hiddenSize],
    score,
    padded,
  } = one;
  const decoder: DecoderShape = {
    cell,
    hiddenSize,
    layers: one.decoder_layers,
    residual: one.residual,
    feedContext: one.context,
    feedOutput: one.told,
    writes: {
      type: 'tokens',
      vocabulary: sizes.vocabulary,
      embeddingSize: sizes.embedding,
      pad: 0,
      start: 1,
      end: 2,
    },
    ...(score && {
      attention: { score, ...(score === 'additive' && { size: sizes.attention }) },
    }),
  };
  if (!encoder)
    return { architecture: 'vector_to_sequence', vectorSize: sizes.vector, feedVector: true, decoder };
  const [encoderCell, size, bidirectional] = encoder;
  return {
    architecture: 'encoder_decoder',
    encoder: {
      cell: encoderCell,
      inputSize: sizes.input,
      hiddenSize: size,
      layers: one.encoder_layers,
      bidirectional,
      padded,
    },
    decoder,
  };
}

/** [P] in the order of the engine's flat vector, from tensors under PyTorch's names. */
function flatten(one: Case, layout: readonly Parameter[], tensors: GoldenTensors): Float64Array {
  const writer = writerOf(one);
  const flat = new Float64Array(layout.reduce((total, { size }) => total + size, 0));
  for (const { name, offset, shape } of layout) flat.set(valuesOf(one, writer, name, shape, tensors), offset);
  return flat;
}

function valuesOf(
  one: Case,
  writer: WriterShape,
  name: string,
  [rows, columns]: readonly [number, number],
  tensors: GoldenTensors,
): readonly number[] {
  const bridge = /^bridge\.(\d+)\.(h|c)\.(weight|bias)$/.exec(name);
  if (bridge) {
    const states = cellOf(writer.decoder).states.length;
    const index = Number(bridge[1]) * states + (bridge[2] === 'h' ? 0 : 1);
    return tensors[`bridge.${index}.${bridge[3]}`]!.data;
  }
  if (name === 'decoder.embedding.weight') return tensors['embedding.weight']!.data;
  // a score is a row there and a column here: the same numbers
  if (name.startsWith('attention.')) return tensors[name.slice('attention.'.length)]!.data;
  if (name.startsWith('head.')) return tensors[name]!.data;

  const [, place, layer, rest] = /^(encoder|decoder)\.layers\.(\d+)\.(.+)$/.exec(name)! as unknown as [
    string,
    'encoder' | 'decoder',
    string,
    string,
  ];
  const cell = place === 'encoder' ? one.encoder![0] : one.decoder[0];
  const H = place === 'encoder' ? one.encoder![1] : one.decoder[1];
  const direction = rest.endsWith('_reverse') ? '_reverse' : '';
  const kind = rest.replace('_reverse', '');
  const source = (own: string) =>
    tensors[place === 'encoder' ? `encoder.${own}_l${layer}${direction}` : `cells.${layer}.${own}`]!;
  const { gates, parameters } = cellOf(
    place === 'encoder' && writer.architecture === 'encoder_decoder' ? writer.encoder : writer.decoder,
  );
  const isBias = kind === 'bias' || kind === 'bias_hh';
  const own = kind === 'bias_hh' ? parameters.find((parameter) => parameter.name === kind)!.gates : gates;
  const part =
    kind === 'bias' ? 'bias_ih' : kind === 'weight_feed' || kind === 'weight_vector' ? 'weight_ih' : kind;
  const { data, shape } = source(part);
  const width = isBias ? 1 : shape[1]!;
  const first = place === 'decoder' && layer === '0' ? firstColumn(one, kind) : 0;
  const found: number[] = [];
  for (const gate of own) {
    for (let row = 0; row < H; row++) {
      const start = (gateOrder[cell].indexOf(gate) * H + row) * width + first;
      found.push(...data.slice(start, start + columns));
    }
  }
  expect(found).toHaveLength(rows * columns);
  return found;
}

/** Side by side there: the vector of the symbol, what attention found, and what was read; each where it is fed. */
function firstColumn({ told, score, decoder: [, H] }: Case, kind: string): number {
  const symbol = told ? sizes.embedding : 0;
  const found = score ? H : 0;
  if (kind === 'weight_feed') return symbol;
  if (kind === 'weight_vector') return symbol + found;
  return kind === 'weight_ih' && !told ? found : 0;
}

const asArray = ({ shape, data }: GoldenTensor, to = shape): NdArray => ({
  shape: to,
  data: Float64Array.from(data),
});

/** A batch by the names of writerInputs; K of them behind an axis K. */
function feedsOf(one: Case, batches: Case['batches'], stacked: boolean): Record<string, NdArray> {
  const all = (part: BatchPart, last: readonly number[] = []): NdArray => {
    const own = batches.map((batch) => asArray(batch[part]));
    const data = Float64Array.from(own.flatMap((value) => [...value.data]));
    return { shape: [...(stacked ? [batches.length] : []), ...own[0]!.shape, ...last], data };
  };
  return {
    x: all('x'),
    ...(one.padded && { mask: all('seen') }),
    previous: all('previous', [1]),
    y: all('y', [1]),
    weights: all('weights', [1]),
  };
}

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
    const writer = writerOf(one);
    const layout = writerLayout(writer);
    const problem = writerProblem({
      writer,
      loss: { type: 'cross_entropy', label_smoothing: golden.label_smoothing },
    });
    const near = (got: Float64Array, tensors: GoldenTensors) => {
      const expected = flatten(one, layout, tensors);
      const far = layout
        .map(({ name, offset, size }) => ({
          name,
          distance: difference(got.subarray(offset, offset + size), expected.subarray(offset, offset + size)),
        }))
        .filter(({ distance }) => !(distance <= tolerance));
      expect(far).toEqual([]);
    };
    const data = flatten(one, layout, one.initial_parameters);
    const parameters = { shape: [data.length], data };

    const first = await run(lossAndGradientProgram(problem), {
      parameters,
      ...feedsOf(one, one.batches.slice(0, 1), false),
    });
    expect(difference(first.prediction!.data, one.outputs.data)).toBeLessThanOrEqual(tolerance);
    expect(difference(first.loss!.data, one.losses.slice(0, 1))).toBeLessThanOrEqual(tolerance);
    near(first.gradient!.data, one.gradients);

    const optimizer = optimizerOf(adam);
    const schedule = one.batches.map((_, step) => optimizer.scheduleAt(step + 1, adam.learning_rate));
    const zeros = { shape: [data.length], data: new Float64Array(data.length) };
    const column = (at: number): NdArray => ({
      shape: [schedule.length],
      data: Float64Array.from(schedule, (numbers) => numbers[at]!),
    });
    const trained = await run(optimizationProgram(problem, { optimizer: adam, clipNorm: null }), {
      parameters,
      first_moment: zeros,
      second_moment: zeros,
      ...feedsOf(one, one.batches, true),
      step_size: column(0),
      root_correction: column(1),
    });
    expect(difference(trained.loss!.data, one.losses)).toBeLessThanOrEqual(tolerance);
    near(trained.next_parameters!.data, one.final_parameters);
  });
});
