/** A training job as a caller would write it: what has a default is left out. */
export const requestExample = {
  dataset_id: 'ds_0197a4f2c1d07c3a9b1e5f60718293a4',
  name: 'seattle-temperature',
  architecture: 'sequence_to_vector',
  data: {
    inputs: [{ column: 'temp_max' }],
    targets: [{ column: 'temp_max' }],
    order_by: 'date',
    window: { length: 60, horizon: 14 },
  },
  model: { cell: 'lstm', hidden_size: 64 },
  training: { epochs: 40, seed: 7 },
};
