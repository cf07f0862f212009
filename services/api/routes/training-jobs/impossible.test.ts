/** What cannot be trained is refused when it is asked for: each case names its field, what was expected and what was given. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import request from 'supertest';
import { dailyCsv, smallJob } from '../../../../test/support/daily-series.ts';
import { startHttpService, type HttpService } from '../../../../test/support/http-service.ts';
import type { Problem } from '../../../http/problem.ts';

let service: HttpService;
let numbers: string;
let labels: string;

beforeAll(async () => {
  service = await startHttpService();
  numbers = (await service.dataset(dailyCsv(100), 'daily.csv')).id;
  const rows = Array.from({ length: 40 }, (_, row) => `${row},a text,one,,${row % 2 ? 'yes' : 'no'}`);
  labels = (await service.dataset(['size,text,only,none,label', ...rows].join('\n'), 'labels.csv')).id;
});
afterAll(() => service.close());

type Job = ReturnType<typeof smallJob>;
type Change = (job: Job) => object;

const model =
  (changes: object, others: object = {}): Change =>
  (job) => ({ ...job, ...others, model: { cell: 'lstm', hidden_size: 4, ...changes } });
const training =
  (changes: object): Change =>
  (job) => ({ ...job, training: { ...job.training, ...changes } });
const data =
  (changes: object, others: object = {}): Change =>
  (job) => ({ ...job, ...others, data: { ...job.data, ...changes } });
const output =
  (changes: object): Change =>
  (job) => ({ ...job, output: { type: 'regression', ...changes } });

/** Rows with labels, or texts to write. */
const ofRows =
  (changes: object): Change =>
  ({ name, training: { epochs } }) => ({
    dataset_id: labels,
    name,
    architecture: 'sequence_to_vector',
    data: { inputs: [{ column: 'size' }], targets: [{ column: 'label' }] },
    model: { cell: 'gru', hidden_size: 4 },
    output: { type: 'classification' },
    training: { epochs },
    ...changes,
  });
const labelled = (target: string): Change =>
  ofRows({ data: { inputs: [{ column: 'size' }], targets: [{ column: target }] } });
const text = { column: 'text', encoding: 'words' };
const writing = (changes: object): Change =>
  ofRows({
    architecture: 'encoder_decoder',
    data: { inputs: [text], targets: [{ column: 'label', encoding: 'words' }] },
    output: { type: 'tokens' },
    ...changes,
  });

const impossible: readonly (readonly [what: string, change: Change, pointer: string])[] = [
  ['attention without an encoder', model({ attention: { score: 'dot' } }), '/model/attention'],
  ['a decoder without an encoder', model({ decoder: { layers: 1 } }), '/model/decoder'],
  [
    'a decoder that is told nothing',
    writing({ model: { cell: 'gru', decoder: { feed_output: false } } }),
    '/model/decoder/feed_output',
  ],
  [
    'samples of what goes nowhere',
    writing({
      model: { cell: 'gru', decoder: { feed_context: true, feed_output: false } },
      training: { scheduled_sampling: { type: 'constant', probability: 0.5 } },
    }),
    '/training/scheduled_sampling',
  ],
  ['a vector fed where none is read', model({ feed_vector: true }), '/model/feed_vector'],
  ['an unknown score', model({ attention: { score: 'cosine' } }), '/model/attention/score'],
  ['peepholes on a gru', model({ cell: 'gru', peepholes: true }), '/model/peepholes'],
  ['peepholes on an rnn', model({ cell: 'rnn', peepholes: true }), '/model/peepholes'],
  ['an activation of an lstm', model({ activation: 'relu' }), '/model/activation'],
  ['an unknown activation', model({ cell: 'rnn', activation: 'swish' }), '/model/activation'],
  [
    'a forget bias without a forget gate',
    model({ cell: 'gru', initialization: { forget_bias: 1 } }),
    '/model/initialization/forget_bias',
  ],
  [
    'an unknown initialiser',
    model({ initialization: { recurrent: 'ones' } }),
    '/model/initialization/recurrent',
  ],
  ['dropout between layers that are not there', model({ dropout: 0.5 }), '/model/dropout'],
  ['all dropped', model({ layers: 2, dropout: 1 }), '/model/dropout'],
  ['connections around no layer', model({ residual: true }), '/model/residual'],
  [
    'a way back that sees what is to be told',
    model({ bidirectional: true }, { architecture: 'sequence_to_sequence' }),
    '/model/bidirectional',
  ],
  [
    'one vector of all steps where each has an output',
    model({ pooling: 'max' }, { architecture: 'sequence_to_sequence' }),
    '/model/pooling',
  ],
  ['an unknown pooling', model({ pooling: 'sum' }), '/model/pooling'],
  ['no layers', model({ layers: 0 }), '/model/layers'],
  ['no units', model({ hidden_size: 0 }), '/model/hidden_size'],
  ['a horizon longer than the data', data({ window: { length: 14, horizon: 200 } }), '/data/window/horizon'],
  ['a window longer than the data', data({ window: { length: 500 } }), '/data/window/length'],
  ['no horizon', data({ window: { length: 14, horizon: 0 } }), '/data/window/horizon'],
  ['weights that are no numbers', data({ weight: 'weather' }), '/data/weight'],
  ['quantiles of a squared error', output({ loss: 'mse', quantiles: [0.5] }), '/output/quantiles'],
  ['quantiles out of order', output({ loss: 'quantile', quantiles: [0.5, 0.1] }), '/output/quantiles/1'],
  ['a quantile of everything', output({ loss: 'quantile', quantiles: [1] }), '/output/quantiles/0'],
  ['an unknown loss', output({ loss: 'hinge' }), '/output/loss'],
  ['all outputs of an architecture that has one', training({ loss_steps: 'all' }), '/training/loss_steps'],
  [
    'more outputs than steps',
    (job) => ({
      ...training({ loss_steps: { last: 15 } })(job),
      architecture: 'sequence_to_sequence',
    }),
    '/training/loss_steps/last',
  ],
  ['the last none of the outputs', training({ loss_steps: { last: 0 } }), '/training/loss_steps/last'],
  [
    'two ways to say which outputs',
    training({ loss_steps: { last: 2, from: 2 } }),
    '/training/loss_steps/from',
  ],
  ['a batch that cannot be cut so', training({ batch_size: 32, accumulate: 5 }), '/training/accumulate'],
  [
    'Nesterov’s momentum without momentum',
    training({ optimizer: { type: 'sgd', nesterov: true } }),
    '/training/optimizer/nesterov',
  ],
  [
    'no learning rate',
    training({ optimizer: { type: 'adam', learning_rate: 0 } }),
    '/training/optimizer/learning_rate',
  ],
  ['an unknown optimiser', training({ optimizer: { type: 'lion' } }), '/training/optimizer/type'],
  ['a gradient clipped to nothing', training({ clip_norm: 0 }), '/training/clip_norm'],
  ['a beam for a regression', output({ beam: 4 }), '/output/beam'],
  ['a beam for labels', ofRows({ output: { type: 'classification', beam: 4 } }), '/output/beam'],
  ['a beam of nothing', writing({ output: { type: 'tokens', beam: 0 } }), '/output/beam'],
  ['no class', labelled('none'), '/data/targets/0/column'],
  ['one class', labelled('only'), '/data/targets/0/column'],
  [
    'a mask of the loss beyond the window',
    (job) => ({ ...training({ loss_steps: { from: 14 } })(job), architecture: 'sequence_to_sequence' }),
    '/training/loss_steps/from',
  ],
  ['a mask of rows that is none of their columns', data({ weight: 'mask' }), '/data/weight'],
  [
    'attention on a vector',
    writing({
      architecture: 'vector_to_sequence',
      data: { inputs: [{ column: 'size' }], targets: [{ column: 'label', encoding: 'words' }] },
      model: { cell: 'gru', attention: { score: 'dot' } },
    }),
    '/model/attention',
  ],
  ['a sequence that is no vector', writing({ architecture: 'vector_to_sequence' }), '/data/inputs/0'],
  [
    'an encoder with nothing to read step by step',
    writing({
      data: { inputs: [{ column: 'size' }], targets: [{ column: 'label', encoding: 'words' }] },
    }),
    '/data/inputs',
  ],
  [
    'a text that is written nowhere',
    writing({ data: { inputs: [text], targets: [{ column: 'label' }] } }),
    '/data/targets/0/encoding',
  ],
  [
    'a curve that is a number',
    ofRows({
      architecture: 'vector_to_sequence',
      data: { inputs: [{ column: 'label', encoding: 'one_hot' }], targets: [{ column: 'size' }] },
      output: { type: 'regression' },
    }),
    '/data/targets/0/column',
  ],
];

it.each(impossible)('refuses %s', async (_what, change, pointer) => {
  const response = await request(service.url)
    .post('/v1/training-jobs')
    .send(change(smallJob(numbers)));
  expect(response.status).toBe(422);
  const { code, errors } = response.body as Problem;
  expect(code).toBe('validation_failed');
  expect(errors).toContainEqual({
    pointer,
    message: expect.stringMatching(/expected .*got |unknown field ".*"; expected /s) as unknown,
  });
});
