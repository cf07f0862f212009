/**
 * The kinds of jobs that are trained: every part of the specification in some of them, so that what a checkpoint forgets
 * shows in the weights of that kind. Each trains for two to five seconds on one idle core:
 * long enough for a few checkpoints.
 */
import type { DatasetName } from './datasets.ts';

/** What a job ends as when nobody cancels it. */
export type NaturalEnd = 'succeeded' | 'diverged';

export interface JobKind {
  readonly dataset: DatasetName;
  /** A part of the body of POST /v1/training-jobs. */
  readonly architecture: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly model: Readonly<Record<string, unknown>>;
  readonly output?: Readonly<Record<string, unknown>>;
  readonly training: Readonly<Record<string, unknown>>;
  readonly end: NaturalEnd;
  /** Its first weights are those of the quiet run of this kind. */
  readonly startsFrom?: string;
}

const series = (window: { length: number; horizon: number; stride?: number }) => ({
  inputs: [{ column: 'value' }],
  targets: [{ column: 'value' }],
  order_by: 'date',
  window,
});
const week = series({ length: 14, horizon: 3 });
const toVector = {
  dataset: 'daily',
  architecture: 'sequence_to_vector',
  data: week,
  end: 'succeeded',
} as const;
const toSequence = { ...toVector, architecture: 'sequence_to_sequence' } as const;
const toLabel = { ...toVector, dataset: 'messages' } as const;
const fixed = { early_stopping: null } as const;

export const jobKinds: Readonly<Record<string, JobKind>> = {
  gru: { ...toVector, model: { cell: 'gru', hidden_size: 16 }, training: { ...fixed, epochs: 120, seed: 1 } },
  lstm: {
    ...toVector,
    model: { cell: 'lstm', hidden_size: 16 },
    training: { ...fixed, epochs: 100, seed: 2 },
  },
  rnn: { ...toVector, model: { cell: 'rnn', hidden_size: 16 }, training: { ...fixed, epochs: 160, seed: 3 } },
  rnn_relu: {
    ...toVector,
    model: {
      cell: 'rnn',
      hidden_size: 12,
      activation: 'relu',
      initialization: { recurrent: 'identity', input: 'glorot_uniform' },
    },
    training: { ...fixed, epochs: 160, seed: 4, clip_norm: 0.5 },
  },
  lstm_peepholes: {
    ...toVector,
    model: { cell: 'lstm', hidden_size: 12, peepholes: true, initialization: { forget_bias: 1 } },
    training: { ...fixed, epochs: 80, seed: 5 },
  },
  dropout: {
    ...toVector,
    model: { cell: 'gru', hidden_size: 12, layers: 2, dropout: 0.2, recurrent_dropout: 0.1 },
    training: { ...fixed, epochs: 60, seed: 6 },
  },
  bidirectional: {
    ...toVector,
    model: { cell: 'lstm', hidden_size: 8, bidirectional: true, layers: 2 },
    training: { ...fixed, epochs: 40, seed: 7 },
  },
  layer_norm: {
    ...toVector,
    model: { cell: 'gru', hidden_size: 12, layer_norm: true, learn_initial_state: true },
    training: { ...fixed, epochs: 60, seed: 8 },
  },
  residual: {
    ...toVector,
    model: { cell: 'rnn', hidden_size: 12, layers: 3, residual: true },
    training: { ...fixed, epochs: 80, seed: 9, optimizer: { type: 'rmsprop' } },
  },
  accumulate: {
    ...toVector,
    model: { cell: 'gru', hidden_size: 12 },
    training: { ...fixed, epochs: 80, seed: 10, batch_size: 64, accumulate: 4 },
  },
  momentum: {
    ...toVector,
    model: { cell: 'lstm', hidden_size: 12 },
    training: {
      ...fixed,
      epochs: 100,
      seed: 11,
      optimizer: { type: 'sgd', learning_rate: 0.05, momentum: 0.9, nesterov: true },
      learning_rate_schedule: { type: 'step', every_epochs: 10 },
    },
  },
  adamw_cosine: {
    ...toVector,
    model: { cell: 'gru', hidden_size: 12 },
    training: {
      ...fixed,
      epochs: 100,
      seed: 12,
      optimizer: { type: 'adamw', learning_rate: 0.003 },
      learning_rate_schedule: { type: 'cosine' },
      warmup_steps: 50,
    },
  },
  one_cycle: {
    ...toVector,
    model: { cell: 'gru', hidden_size: 12 },
    output: { loss: 'huber' },
    training: {
      ...fixed,
      epochs: 100,
      seed: 13,
      learning_rate_schedule: { type: 'one_cycle' },
      clip_value: 0.1,
    },
  },
  plateau: {
    ...toVector,
    model: { cell: 'rnn', hidden_size: 12 },
    output: { loss: 'mae' },
    training: {
      epochs: 120,
      seed: 14,
      learning_rate_schedule: { type: 'reduce_on_plateau', patience: 2 },
      early_stopping: null,
      optimizer: { type: 'adam', learning_rate: 0.01 },
    },
  },
  early_stopping: {
    ...toVector,
    model: { cell: 'lstm', hidden_size: 16 },
    training: {
      epochs: 5000,
      seed: 15,
      early_stopping: { patience: 15 },
      optimizer: { type: 'adam', learning_rate: 0.01 },
    },
  },
  two_columns: {
    ...toVector,
    data: {
      ...week,
      inputs: [{ column: 'value' }, { column: 'other' }],
      targets: [{ column: 'value' }, { column: 'other' }],
    },
    model: { cell: 'gru', hidden_size: 16 },
    training: { ...fixed, epochs: 80, seed: 16 },
  },
  stations: {
    ...toVector,
    dataset: 'stations',
    data: { ...series({ length: 10, horizon: 2, stride: 2 }), group_by: 'station' },
    model: { cell: 'lstm', hidden_size: 12 },
    training: { ...fixed, epochs: 100, seed: 17 },
  },
  gaps: {
    ...toVector,
    dataset: 'gaps',
    data: { ...week, missing: 'forward_fill' },
    model: { cell: 'gru', hidden_size: 12 },
    training: { ...fixed, epochs: 120, seed: 18 },
  },
  one_long_epoch: {
    ...toVector,
    model: { cell: 'lstm', hidden_size: 24, layers: 2, dropout: 0.1 },
    data: series({ length: 30, horizon: 7 }),
    training: { ...fixed, epochs: 5, seed: 19, batch_size: 1 },
  },
  sequence: {
    ...toSequence,
    model: { cell: 'gru', hidden_size: 16 },
    training: { ...fixed, epochs: 80, seed: 20 },
  },
  sequence_last: {
    ...toSequence,
    model: { cell: 'lstm', hidden_size: 12, layers: 2, dropout: 0.3 },
    training: { ...fixed, epochs: 50, seed: 21, loss_steps: 'last' },
  },
  sequence_dropout: {
    ...toSequence,
    model: { cell: 'rnn', hidden_size: 12, recurrent_dropout: 0.2, layer_norm: true },
    training: { ...fixed, epochs: 60, seed: 22, accumulate: 2 },
  },
  sequence_steps: {
    ...toSequence,
    model: { cell: 'gru', hidden_size: 12 },
    training: { ...fixed, epochs: 80, seed: 24, loss_steps: { from: 4 } },
  },
  quantiles: {
    ...toVector,
    model: { cell: 'gru', hidden_size: 12 },
    output: { type: 'regression', loss: 'quantile', quantiles: [0.1, 0.5, 0.9] },
    training: { ...fixed, epochs: 80, seed: 25 },
  },
  gaussian: {
    ...toVector,
    data: { ...week, weight: 'weight' },
    model: { cell: 'lstm', hidden_size: 12 },
    output: { type: 'regression', loss: 'gaussian' },
    training: { ...fixed, epochs: 80, seed: 26, accumulate: 3, batch_size: 48 },
  },
  student_t: {
    ...toVector,
    model: { cell: 'rnn', hidden_size: 12 },
    output: { type: 'regression', loss: 'student_t' },
    training: { ...fixed, epochs: 80, seed: 27 },
  },
  words: {
    ...toLabel,
    data: { inputs: [{ column: 'text', encoding: 'words' }], targets: [{ column: 'label' }] },
    model: { cell: 'gru', hidden_size: 12, bidirectional: true },
    output: { type: 'classification', class_weights: 'balanced' },
    training: { ...fixed, epochs: 80, seed: 28 },
  },
  characters: {
    ...toLabel,
    data: {
      inputs: [{ column: 'text', encoding: 'characters', max_length: 40, embedding_size: 8 }],
      targets: [{ column: 'label' }],
    },
    model: { cell: 'lstm', hidden_size: 8, layers: 2, dropout: 0.2 },
    output: { type: 'classification', label_smoothing: 0.1 },
    training: { ...fixed, epochs: 30, seed: 29 },
  },
  fine_tuned: {
    ...toVector,
    model: { cell: 'gru', hidden_size: 16 },
    training: { ...fixed, epochs: 80, seed: 30 },
    startsFrom: 'gru',
  },
  fine_tuned_words: {
    ...toLabel,
    data: { inputs: [{ column: 'text', encoding: 'words' }], targets: [{ column: 'label' }] },
    model: { cell: 'gru', hidden_size: 12, bidirectional: true },
    output: { type: 'classification', class_weights: 'balanced' },
    training: { ...fixed, epochs: 40, seed: 31 },
    startsFrom: 'words',
  },
  writes_labels: {
    dataset: 'messages',
    end: 'succeeded',
    architecture: 'encoder_decoder',
    data: {
      inputs: [{ column: 'text', encoding: 'words', embedding_size: 8 }],
      targets: [{ column: 'label', encoding: 'characters', embedding_size: 8 }],
    },
    model: { cell: 'lstm', hidden_size: 8, bidirectional: true, attention: { score: 'additive' } },
    output: { type: 'tokens', beam: 2, label_smoothing: 0.1 },
    training: { ...fixed, epochs: 8, seed: 32, scheduled_sampling: { type: 'linear', to: 0.5 } },
  },
  writes_from_numbers: {
    dataset: 'stations',
    end: 'succeeded',
    architecture: 'vector_to_sequence',
    data: {
      inputs: [{ column: 'value' }],
      targets: [{ column: 'station', encoding: 'characters', embedding_size: 4 }],
    },
    model: { cell: 'gru', hidden_size: 8, feed_vector: true },
    output: { type: 'tokens', beam: 1 },
    training: { ...fixed, epochs: 10, seed: 33 },
  },
  diverges: {
    ...toVector,
    dataset: 'huge',
    data: { ...week, scaling: 'none' },
    model: { cell: 'gru', hidden_size: 8 },
    training: { ...fixed, epochs: 5, seed: 23 },
    end: 'diverged',
  },
};

/** As this kind, without an end of its own: for jobs that are cancelled. */
export const endless = (kind: JobKind): JobKind => ({
  ...kind,
  training: { ...kind.training, epochs: 100_000, early_stopping: null, max_seconds: 1800 },
});
