/** Labels against scikit-learn and PyTorch (README.md says how the values were made): scores, a bag of words, and padded batches with cross entropy. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bagOfWords } from '../../datasets/classification/bag-of-words.ts';
import { scoreLabels } from '../../datasets/classification/scores.ts';
import type { ClassificationScores } from '../../domain/models/classification-card.ts';
import { interpret } from '../../engine/graph/interpret.ts';
import { optimize } from '../../engine/graph/passes/optimize.ts';
import { runOnnx } from '../../engine/graph/testing/programs.ts';
import { cellOf } from '../../engine/nn/cells/table.ts';
import { gradientProgram } from '../../engine/programs/train-program.ts';
import type { CellKind } from '../../engine/spec/cells.ts';
import type { NetworkShape } from '../../engine/spec/network-shape.ts';
import type { Pooling } from '../../engine/spec/pooling.ts';
import { difference, flatten, readGoldenFile } from './golden-values.ts';

interface GoldenNetwork {
  readonly cell: CellKind;
  readonly directions: number;
  readonly ids: readonly (readonly number[])[];
  readonly right: readonly number[];
  readonly parameters: Readonly<Record<string, readonly number[]>>;
  readonly pooling: Readonly<
    Record<
      Pooling,
      {
        readonly logits: readonly number[];
        readonly losses: Readonly<
          Record<
            'weights' | 'smoothing',
            { readonly loss: number; readonly gradients: Readonly<Record<string, readonly number[]>> }
          >
        >;
      }
    >
  >;
}

const golden = JSON.parse(readFileSync(new URL('classification.json', import.meta.url), 'utf8')) as {
  readonly scores: {
    readonly right: readonly number[];
    readonly logits: readonly number[];
    readonly training_counts: readonly number[];
    readonly model: ClassificationScores;
    readonly majority_class: ClassificationScores;
    readonly by_label: readonly { rows: number; precision: number; recall: number; f1: number }[];
    readonly confusion: readonly (readonly number[])[];
  };
  readonly bag_of_words: {
    readonly texts: readonly string[];
    readonly classes: readonly number[];
    readonly training: number;
    readonly probabilities: readonly number[];
  };
  readonly networks: readonly GoldenNetwork[];
};

function expectScores(found: ClassificationScores, expected: ClassificationScores): void {
  for (const name of ['accuracy', 'balanced_accuracy', 'macro_f1', 'log_loss'] as const)
    expect(found[name], name).toBeCloseTo(expected[name], 6);
}

describe('scores of labels', () => {
  it("are scikit-learn's", () => {
    const { right, logits, training_counts: trainingCounts, ...expected } = golden.scores;
    const labels = ['a', 'b', 'c', 'd'];
    const found = scoreLabels({
      logits: Float32Array.from(logits),
      labels,
      right: Uint32Array.from(right),
      trainingCounts,
      bagOfWords: null,
    });
    expectScores(found.model, expected.model);
    expectScores(found.baselines.majority_class, expected.majority_class);
    expect(found.confusion).toEqual(expected.confusion);
    found.by_label.forEach(({ label, rows, precision, recall, f1 }, index) => {
      const own = expected.by_label[index]!;
      expect([label, rows]).toEqual([labels[index], own.rows]);
      expect([precision, recall, f1]).toEqual(
        [own.precision, own.recall, own.f1].map((value) => expect.closeTo(value, 10) as unknown),
      );
    });
  });
});

describe('a bag of words', () => {
  it("is scikit-learn's tf-idf and logistic regression", async () => {
    const { texts, classes, training, probabilities } = golden.bag_of_words;
    const rows = Uint32Array.from(texts, (_, row) => row);
    const found = await bagOfWords({
      texts: () => texts,
      classes,
      training: rows.subarray(0, training),
      scored: rows.subarray(training),
      labels: 3,
      reading: {
        encoding: 'words',
        max_length: 100,
        lowercase: false,
        unicode_normalization: 'none',
        truncate: 'end',
      },
    });
    expect(difference([...found!].map(Math.exp), probabilities)).toBeLessThan(5e-3);
  });
});

const classWeights = [0.5, 1, 3];
const cases = {
  weights: { smoothing: 0, weights: classWeights },
  smoothing: { smoothing: 0.2, weights: [1, 1, 1] },
} as const;

describe.each(golden.networks.map((one) => [`${one.cell}, ${one.directions} directions`, one] as const))(
  'a padded batch: %s',
  (_name, one) => {
    const network: NetworkShape = {
      architecture: 'sequence_to_vector',
      cell: one.cell,
      inputSize: 1,
      embeddings: [{ vocabulary: 7, size: 3 }],
      padded: true,
      hiddenSize: 4,
      layers: 1,
      outputSize: 3,
      bidirectional: one.directions === 2,
    };
    const file = { ...readGoldenFile(one.cell) };
    /** PyTorch's names and two biases as those of the engine, which has one where two do the same. */
    const flat = (values: Readonly<Record<string, readonly number[]>>, gradients: boolean) => {
      const own = cellOf(network).parameters.find(({ name }) => name === 'bias_hh')?.gates ?? [];
      const tensors = Object.fromEntries(
        Object.entries(values).map(([name, data]) => {
          const renamed = name
            .replace('embedding.', 'embeddings.0.')
            .replace(/^recurrent\.(.*)_l0/, 'layers.0.$1');
          const recurrentBias = values[name.replace('bias_ih', 'bias_hh')];
          const block = data.length / file.gate_order.length;
          const summed =
            !gradients && name.includes('bias_ih')
              ? data.map((value, index) =>
                  own.includes(file.gate_order[Math.floor(index / block)]!)
                    ? value
                    : value + recurrentBias![index]!,
                )
              : data;
          return [renamed, { shape: [summed.length], data: summed }];
        }),
      );
      // the engine calls the bias of a direction layers.0.bias_reverse, PyTorch's is layers.0.bias_ih_reverse
      const bias = tensors['layers.0.bias_ih_reverse'];
      return flatten(file, network, { ...tensors, ...(bias && { 'layers.0.bias_reverse': bias }) });
    };
    const [N, T] = [one.ids.length, 6];
    const x = new Float64Array(T * N);
    const mask = new Float64Array(T * N);
    one.ids.forEach((ids, n) => {
      for (let t = 0; t < T; t++) {
        x[t * N + n] = ids[t] ?? 3;
        mask[t * N + n] = t < ids.length ? 1 : 0;
      }
    });

    const asked = (['last', 'mean', 'max'] as const).flatMap((pooling) =>
      (['weights', 'smoothing'] as const).map((name) => [name, pooling] as const),
    );
    it.each(asked)('cross entropy with %s, pooling %s', async (name, pooling) => {
      const { smoothing, weights } = cases[name];
      const graph = gradientProgram({
        network: { ...network, pooling },
        loss: { type: 'cross_entropy', label_smoothing: smoothing },
        lossSteps: 'last',
        weightsPerOutput: 1,
      });
      const of = (data: ArrayLike<number>, shape: number[]) => ({ data: Float64Array.from(data), shape });
      const parameters = flat(one.parameters, false);
      const feeds = {
        parameters: of(parameters, [parameters.length]),
        x: of(x, [T, N, 1]),
        y: of(one.right, [1, N, 1]),
        weights: of(
          one.right.map((label) => weights[label]!),
          [1, N, 1],
        ),
        mask: of(mask, [T, N]),
      };
      const { logits, losses } = one.pooling[pooling];
      const expected = losses[name];
      for (const [found, tolerance] of [
        [interpret(graph, feeds), 1e-12],
        [await runOnnx(optimize(graph), feeds), 1e-5],
      ] as const) {
        expect(difference(found.prediction!.data, logits)).toBeLessThan(tolerance);
        expect(difference(found.loss!.data, [expected.loss])).toBeLessThan(tolerance);
        expect(difference(found.gradient!.data, flat(expected.gradients, true))).toBeLessThan(tolerance);
      }
    });
  },
);
