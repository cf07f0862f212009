/** What the quickstart trains; the body of its POST /v1/training-jobs, less the dataset's id. */
export const trainingRequest = {
  name: 'seattle-temperature',
  architecture: 'sequence_to_vector',
  data: {
    inputs: [{ column: 'temp_max' }, { column: 'temp_min' }, { column: 'precipitation' }, { column: 'wind' }],
    targets: [{ column: 'temp_max' }],
    order_by: 'date',
    window: { length: 30, horizon: 14, stride: 1 },
    split: { validation: 0.15, test: 0.15 },
  },
  model: { cell: 'lstm', hidden_size: 64, layers: 1 },
  output: { type: 'regression', loss: 'mae' },
  training: {
    epochs: 60,
    batch_size: 32,
    optimizer: { type: 'adam', learning_rate: 0.001 },
    early_stopping: null,
    seed: 7,
  },
} as const;
