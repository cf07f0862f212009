/** The program of every task is printed, before and after the passes. */
import { expect, test } from 'vitest';
import { allNodes, inputOf } from '../../engine/graph/graph.ts';
import { optimize } from '../../engine/graph/passes/optimize.ts';
import { printGraph } from '../../engine/graph/print.ts';
import { loopBodies } from '../../engine/graph/testing/loops.ts';
import type { TaskKind } from '../../engine/spec/tasks.ts';
import { trainingGraph } from './training-graph.ts';

const text = { column: 'text', encoding: 'characters' };
const mixed = [{ column: 'a' }, { column: 'b', encoding: 'embedding' }, { column: 'c', encoding: 'one_hot' }];

/** With the symbols of the axes that a mini-batch of it has behind K. */
const specifications: Record<TaskKind, { readonly asked: object; readonly x: string }> = {
  forecast: {
    asked: {
      architecture: 'encoder_decoder',
      data: {
        inputs: [{ column: 'a', lags: [7] }, { calendar: ['month'] }],
        targets: [{ column: 'a' }],
        window: { length: 20, horizon: 5 },
      },
      output: { type: 'regression', loss: 'gaussian' },
      model: { cell: 'lstm', attention: { score: 'dot' } },
      training: { scheduled_sampling: { type: 'constant', probability: 0.5 } },
    },
    x: 'K,T,N,4',
  },
  classification: {
    asked: {
      data: { inputs: [text, ...mixed], targets: [{ column: 'label' }] },
      output: { type: 'classification' },
      model: { cell: 'gru', bidirectional: true, pooling: 'max' },
      training: { batch_size: 32, accumulate: 4 },
    },
    x: 'K,A,T,N,13',
  },
  multilabel: {
    asked: {
      data: {
        inputs: [{ column: 'sound', audio: 'raw', step_size: 3 }],
        targets: [{ column: 'labels' }],
      },
      output: { type: 'multilabel' },
      model: { cell: 'rnn', activation: 'relu' },
    },
    x: 'K,T,N,3',
  },
  regression: {
    asked: {
      data: {
        inputs: [{ column: 'picture', image: 'grayscale', size: [4, 6] }],
        targets: [{ column: 'y' }],
      },
      model: { cell: 'lstm', peepholes: true, layer_norm: true },
    },
    x: 'K,T,N,6',
  },
  series_classification: {
    asked: {
      data: { inputs: mixed, targets: [{ column: 'label' }], group_by: 'series', order_by: 'time' },
      output: { type: 'classification', label_smoothing: 0.1 },
      model: { cell: 'lstm', layers: 2, residual: true, dropout: 0.1 },
    },
    x: 'K,T,N,12',
  },
  tagging: {
    asked: {
      architecture: 'sequence_to_sequence',
      data: { inputs: mixed, targets: [{ column: 'label' }], group_by: 'series', order_by: 'time' },
      output: { type: 'classification' },
      model: { cell: 'gru', recurrent_dropout: 0.1, learn_initial_state: true },
    },
    x: 'K,T,N,12',
  },
  language_model: {
    asked: {
      architecture: 'sequence_to_sequence',
      data: { inputs: [text], targets: [{ column: 'text' }] },
      output: { type: 'tokens' },
      model: { cell: 'lstm' },
      training: { stateful: true, tbptt_steps: 20 },
    },
    x: 'K,T,N,1',
  },
  transduction: {
    asked: {
      architecture: 'encoder_decoder',
      data: { inputs: [text, ...mixed], targets: [{ column: 'out', encoding: 'words' }] },
      output: { type: 'tokens' },
      model: { cell: 'gru', bidirectional: true, attention: {}, decoder: { cell: 'lstm', layers: 2 } },
    },
    x: 'K,T,N,13',
  },
  curve: {
    asked: {
      architecture: 'vector_to_sequence',
      data: { inputs: mixed, targets: [{ column: 'y' }, { column: 'z' }] },
      model: { cell: 'lstm', feed_vector: true },
    },
    x: 'K,N,12',
  },
};

test.each(Object.entries(specifications))('%s', (_task, { asked, x }) => {
  const graph = trainingGraph(asked);
  expect(String(graph.inputs.find((tensor) => inputOf(tensor).name === 'x')!.shape)).toBe(x);
  const optimized = optimize(graph);
  expect(allNodes(optimized).length).toBeLessThan(allNodes(graph).length);
  for (const program of [graph, optimized]) {
    const printed = printGraph(program);
    expect(printed).toContain(`input x [${x.replaceAll(',', ', ')}]`);
    expect(printed).toContain('output next_parameters = ');
    // the mini-batches, and the way there and back of at least one layer within
    expect(printed.match(/= scan( reversed)? over /g)!.length).toBe(loopBodies(program).length);
    expect(printed).toContain('scan reversed over');
  }
});

test('what does not go together is refused in the words of the API', () => {
  expect(() => trainingGraph({ model: { cell: 'gru', peepholes: true } })).toThrow(
    expect.objectContaining({
      errors: [{ pointer: '/model/peepholes', message: 'expected peepholes with cell lstm alone, got gru' }],
    }),
  );
});
