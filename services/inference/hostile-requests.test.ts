/** Whatever is sent to the data plane, random or meant to harm, is answered as what it is: never a 500, never a hang, and others are served as before. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { daily, dailyCsv, dailyRows, smallSpecification } from '../../test/support/daily-series.ts';
import { startHttpService, type HttpService } from '../../test/support/http-service.ts';
import { trainedLanguageModel } from '../../test/support/trained-language-model.ts';
import { trainedModel } from '../../test/support/trained-model.ts';

let service: HttpService;
const specification = smallSpecification();
const good = { inputs: [{ rows: dailyRows(specification.data.window.length) }] };
let streams: string[];

beforeAll(async () => {
  service = await startHttpService();
  const { id: datasetId } = await service.dataset(dailyCsv(100));
  await trainedModel(service, { datasetId, name: 'weather', specification, frequency: daily });
  await trainedLanguageModel(service, { datasetId, name: 'text', model: { cell: 'gru', hidden_size: 6 } });
  streams = [];
  for (const name of ['weather', 'text']) {
    const { body } = await send(`/v1/models/${name}/streams`, '{}');
    streams.push((JSON.parse(body) as { id: string }).id);
  }
});
afterAll(() => service.close());

async function send(
  path: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = { 'content-type': 'application/json' },
): Promise<{ status: number; body: string }> {
  const response = await fetch(service.url + path, {
    method: 'POST',
    headers,
    body,
    signal: AbortSignal.timeout(10_000),
  });
  return { status: response.status, body: await response.text() };
}

/** An answer, or a refusal that says what is wrong in the form of its API. */
async function expectAnswer(
  path: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers?: Record<string, string>,
): Promise<number> {
  const answer = await send(path, body, headers);
  const told = `${path} ${String(body).slice(0, 300)} → ${answer.status} ${answer.body.slice(0, 300)}`;
  expect(answer.status, told).toBeLessThan(500);
  if (answer.status >= 400) {
    const problem = JSON.parse(answer.body) as { detail?: string; error?: string };
    expect((path.startsWith('/v2') ? problem.error : problem.detail)?.length ?? 0, told).toBeGreaterThan(10);
  }
  return answer.status;
}

const leaf = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    '',
    'temp_max',
    '__proto__',
    'a'.repeat(3000),
    '\u0000',
    '\ud800',
    1e308,
    -0,
    2 ** 53,
    -1,
  ),
  fc.double({ noNaN: true }),
  fc.string({ maxLength: 20 }),
);
const names = fc.constantFrom(
  'inputs',
  'rows',
  'row',
  'text',
  'tokens',
  'future',
  'date',
  'temp_max',
  'wind',
  'weather',
  'x',
  'y',
  'outputs',
  'generate',
  'max_length',
  'temperature',
  'top_k',
  'top_p',
  'seed',
  'beam',
  'candidates',
  'position',
  'dataset_id',
  'columns',
  'name',
  'shape',
  'datatype',
  'data',
  'parameters',
  'binary_data_size',
  'id',
  '__proto__',
  'constructor',
  'toString',
);
const { anything } = fc.letrec((tie) => ({
  anything: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.array(tie('anything'), { maxLength: 4 }),
    fc.dictionary(names, tie('anything'), { maxKeys: 5 }),
  ),
}));
/** A request that is right, with one thing in it that is not. */
const spoiled = (right: object, wrong: unknown, at: number): object => {
  const places: [Record<string, unknown>, string][] = [];
  const copy = structuredClone(right) as Record<string, unknown>;
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const key of Object.keys(value)) {
      places.push([value as Record<string, unknown>, key]);
      walk((value as Record<string, unknown>)[key]);
    }
  };
  walk(copy);
  const [owner, key] = places[at % places.length]!;
  owner[key] = wrong;
  return copy;
};
const tensor = (shape: unknown, data: unknown = [1, 2, 3, 4], datatype: unknown = 'FP32') => ({
  inputs: [{ name: 'x', shape, datatype, data }],
});
const rightOnes = (): [string, object][] => [
  ['/v1/models/weather/predictions', good],
  [
    '/v1/models/text/predictions',
    { inputs: [{ text: 'the sea' }], max_length: 3, temperature: 1, top_k: 2, top_p: 0.5, seed: 1 },
  ],
  ['/v1/models/weather/trace', good],
  ['/v1/models/text/trace', { inputs: [{ text: 'sea' }] }],
  [
    `/v1/streams/${streams[0]}/steps`,
    { rows: good.inputs[0]!.rows.slice(0, 2), outputs: 'last', position: 0 },
  ],
  [
    `/v1/streams/${streams[1]}/steps`,
    { text: 'a', candidates: 2, outputs: 'all', generate: { max_length: 2, seed: 1, top_k: 3 } },
  ],
  ['/v1/models/weather/streams', { expires_after_seconds: 5 }],
  ['/v1/models/weather/batch-predictions', { dataset_id: 'ds_0', name: 'a', columns: ['wind'] }],
  ['/v2/models/weather/infer', tensor([1, 2, 2])],
  ['/v2/models/text/infer', tensor([1, 2], [1, 2], 'INT64')],
];

describe('a request', () => {
  it('that is anything at all is answered', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), anything, async (which, body) => {
        const all = rightOnes();
        await expectAnswer(all[which % all.length]![0], JSON.stringify(body));
      }),
      { numRuns: 150, seed: 11 },
    );
  });

  it('with one thing in it that is wrong is answered', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), anything, fc.nat(), async (which, wrong, at) => {
        const all = rightOnes();
        const [path, right] = all[which % all.length]!;
        await expectAnswer(path, JSON.stringify(spoiled(right, wrong, at)));
      }),
      { numRuns: 300, seed: 12 },
    );
  });

  it('that lies about tensors is refused', async () => {
    const path = '/v2/models/weather/infer';
    const lies: object[] = [
      tensor([1, 14, 2 ** 53]),
      tensor([2 ** 31, 2 ** 31, 2 ** 31], []),
      tensor([0, 14, 2], []),
      tensor([-1, 2, 2]),
      tensor([1.5, 2, 2]),
      tensor([], [1]),
      tensor([1, 2, 2], [1, 2, 3]),
      tensor([1, 2, 2], ['a', 'b', 'c', 'd']),
      tensor([1, 2, 2], [[[1, 2], [3]]]),
      tensor([1, 2, 2], [1, 2, 3, null]),
      tensor([1, 2, 2], [1, 2, 3, 4], 'BYTES'),
      tensor([1, 2, 2], [1, 2, 3, 4], 'FP64'),
      { inputs: [] },
      { inputs: [...tensor([1, 2, 2]).inputs, ...tensor([1, 2, 2]).inputs] },
      { ...tensor([1, 2, 2]), outputs: [{ name: 'nothing' }] },
    ];
    for (const lie of lies)
      expect(await expectAnswer(path, JSON.stringify(lie)), JSON.stringify(lie)).toBeGreaterThanOrEqual(400);
  });

  it('that lies about bytes behind its JSON is refused', async () => {
    const path = '/v2/models/weather/infer';
    const json = (size: unknown) =>
      JSON.stringify({
        inputs: [{ name: 'x', shape: [1, 2, 2], datatype: 'FP32', parameters: { binary_data_size: size } }],
      });
    for (const [size, bytes, length] of [
      [16, 15, null],
      [16, 17, null],
      [1e15, 16, null],
      [-16, 16, null],
      ['16', 16, null],
      [1.5, 16, null],
      [null, 16, null],
      [16, 16, '0'],
      [16, 16, '-5'],
      [16, 16, '99999999999'],
      [16, 16, 'x'],
      [16, 16, '1e2'],
      [16, 16, '3'],
    ] as const) {
      const head = Buffer.from(json(size));
      const status = await expectAnswer(path, new Uint8Array(Buffer.concat([head, Buffer.alloc(bytes)])), {
        'content-type': 'application/octet-stream',
        'inference-header-content-length': length ?? String(head.length),
      });
      expect(status, `${size} ${bytes} ${length}`).toBeGreaterThanOrEqual(400);
    }
  });

  it('in a form that is none, or that names what must not be named, is refused', async () => {
    const path = '/v1/models/text/predictions';
    const part = (name: string, value: string) =>
      `--b\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
    for (const body of [
      '',
      '--b',
      '--b--\r\n',
      part('text', 'a'),
      `${part('__proto__', '1')}--b--\r\n`,
      `${part('/inputs/0/__proto__/polluted', '1')}--b--\r\n`,
      `${part('/inputs/99999999999/row/text', 'a')}--b--\r\n`,
      `${part('request', '{')}--b--\r\n`,
      `${part('request', '[[[[')}--b--\r\n`,
      `${part('/inputs/constructor', 'a')}--b--\r\n`,
      `${part('a', 'b').repeat(3000)}--b--\r\n`,
    ])
      expect(
        await expectAnswer(path, body, { 'content-type': 'multipart/form-data; boundary=b' }),
        body.slice(0, 100),
      ).toBeGreaterThanOrEqual(400);
    for (const type of [
      'multipart/form-data',
      'text/html',
      'application/json; charset=utf-7',
      'a'.repeat(500),
    ])
      await expectAnswer(path, 'x', { 'content-type': type });
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('that is deep, long or addressed oddly is answered, and the next one is served', async () => {
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    const json = { 'content-type': 'application/json' };
    for (const [path, body, headers] of [
      ['/v1/models/weather/predictions', `{"inputs":${deep}}`, json],
      ['/v1/models/weather/predictions', `{"inputs":${deep}}`, { ...json, 'idempotency-key': 'deep' }],
      ['/v1/models/weather/predictions', `{"inputs":[{"row":{"a":${deep}}}]}`, json],
      ['/v1/training-jobs', `{"data":{"inputs":${deep}}}`, json],
      ['/v1/datasets', `{"url":${deep.slice(49_000, -49_000)}}`, json],
      [
        '/v2/models/weather/infer',
        `{"inputs":[{"name":"x","datatype":"FP32","shape":[1,14,2],"data":${deep}}]}`,
        json,
      ],
      [
        '/v1/models/text/predictions',
        `--b\r\ncontent-disposition: form-data; name="text"\r\n\r\n${deep}\r\n--b--\r\n`,
        { 'content-type': 'multipart/form-data; boundary=b', 'idempotency-key': 'deep-form' },
      ],
    ] as const)
      expect(await expectAnswer(path, body, headers), path).toBeGreaterThanOrEqual(400);
    await expectAnswer(
      '/v1/models/text/predictions',
      JSON.stringify({ inputs: [{ text: 'a'.repeat(900_000) }], max_length: 1 }),
    );
    await expectAnswer('/v1/models/text/trace', JSON.stringify({ inputs: [{ text: 'é'.repeat(100_000) }] }));
    for (const ref of [
      '%00',
      '%ff',
      '..%2f..%2fetc',
      'weather@99999999999999999999',
      'weather@-1',
      '@',
      'a'.repeat(3000),
      "x';--",
      'weather%0a@1',
    ])
      for (const path of [
        `/v1/models/${ref}/predictions`,
        `/v1/models/${ref}/trace`,
        `/v1/models/${ref}/streams`,
        `/v2/models/${ref}/infer`,
      ])
        expect(
          await expectAnswer(path, JSON.stringify(path.endsWith('streams') ? {} : good)),
          path,
        ).toBeGreaterThanOrEqual(400);
    for (const id of ['%00', 'str_', '*', '{x}:y', 'a'.repeat(3000)])
      expect(await expectAnswer(`/v1/streams/${id}/steps`, '{"rows":[{}]}'), id).toBeGreaterThanOrEqual(400);
    expect((await send('/v1/models/weather/predictions', JSON.stringify(good))).status).toBe(200);
    expect(service.log.filter((line) => line.includes('internal:') || line.includes('"level":50'))).toEqual(
      [],
    );
  });
});
