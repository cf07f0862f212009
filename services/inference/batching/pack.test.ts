import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Signature } from '../../../engine/runtime/session.ts';
import type { Feeds, Results } from '../sessions/messages.ts';
import { lengthBucket, planBatches, shapeOf } from './batch-plan.ts';
import { packFeeds, splitResults } from './pack.ts';
import { runApart } from './run-apart.ts';

const tensor = (name: string, ...shape: (number | string)[]) => ({ name, type: 'float32', shape });
const forecast: Signature = { inputs: [tensor('x', 'batch', 'time', 2)], outputs: [tensor('y', 'batch', 3)] };
const tagger: Signature = {
  inputs: [tensor('x', 'batch', 'time', 2), { ...tensor('lengths', 'batch'), type: 'int64' }],
  outputs: [tensor('tags', 'batch', 'time', 3), tensor('last', 'batch', 2)],
};

describe('planBatches', () => {
  it('lets requests share runs only where each row is on its own', () => {
    expect(planBatches(forecast)).toEqual({ timeAxes: { x: [], y: [] }, timedInput: null });
    expect(planBatches(tagger)).toEqual({
      timeAxes: { x: [1], lengths: [], tags: [1], last: [] },
      timedInput: { name: 'x', axis: 1 },
    });
    for (const outputs of [
      [tensor('y', 1, 3)],
      [tensor('y', 3)],
      [tensor('y', 'batch', 'written')],
      [tensor('y', 'time', 'batch')],
    ])
      expect(planBatches({ ...forecast, outputs })).toBeNull();
    expect(planBatches({ ...forecast, inputs: [tensor('x', 1, 'time')] })).toBeNull();
  });

  it('pads no output that has time twice', () => {
    const outputs = [tensor('attention', 'batch', 'time', 'time')];
    expect(planBatches({ ...tagger, outputs })?.timedInput).toBeNull();
  });

  it('parts requests of other shapes, and lengths that would be padded to more than twice as many', () => {
    const feeds = (T: number): Feeds => ({ x: { data: new Float32Array(2 * T), dims: [1, T, 2] } });
    const shape = (plan: Signature, T: number) => shapeOf(planBatches(plan)!, feeds(T));
    expect(shape(forecast, 10)).not.toBe(shape(forecast, 11));
    expect(shape(tagger, 10)).toBe(shape(tagger, 11));
    expect(shape(tagger, 16)).not.toBe(shape(tagger, 17));
    for (let T = 17; T < 3000; T++) expect(lengthBucket(T) / T).toBeLessThan(2);
  });
});

describe('packFeeds and splitResults', () => {
  it('give each request what it would get alone, however they are put together', () => {
    const plan = planBatches(tagger)!;
    /** Answers for each step what went in, and for each row its length; what is padding it answers with nonsense. */
    const model = ({ x, lengths }: Feeds): Results => {
      const [N, T] = x!.dims as [number, number, number];
      const tags = new Float32Array(N * T * 3).fill(Number.NaN);
      const last = new Float32Array(N * 2);
      for (let n = 0; n < N; n++) {
        const length = Number(lengths!.data[n]);
        last.set([length, Number(x!.data[(n * T + length - 1) * 2])], n * 2);
        for (let t = 0; t < length; t++) {
          const [a, b] = [x!.data[(n * T + t) * 2], x!.data[(n * T + t) * 2 + 1]] as [number, number];
          tags.set([a, b, t], (n * T + t) * 3);
        }
      }
      return { tags: { data: tags, dims: [N, T, 3] }, last: { data: last, dims: [N, 2] } };
    };
    const request = fc.record({ N: fc.integer({ min: 1, max: 4 }), T: fc.integer({ min: 1, max: 9 }) });
    fc.assert(
      fc.property(fc.array(request, { minLength: 1, maxLength: 6 }), (sizes) => {
        const requests = sizes.map(({ N, T }, index): Feeds => ({
          x: {
            data: Float32Array.from({ length: N * T * 2 }, (_, place) => 1000 * index + place),
            dims: [N, T, 2],
          },
          lengths: { data: new BigInt64Array(N).fill(BigInt(T)), dims: [N] },
        }));
        const parted = splitResults(plan, model(packFeeds(plan, requests)), requests);
        expect(parted).toEqual(requests.map(model));
      }),
    );
  });
});

describe('runApart', () => {
  it('fails those alone that are to blame', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 40 }), async (items) => {
        let runs = 0;
        const outcomes = await runApart(
          items.map((isBad, index) => ({ isBad, index })),
          async (some) => {
            runs++;
            if (some.some(({ isBad }) => isBad)) throw new Error('bad');
            return some.map(({ index }) => index);
          },
          () => false,
        );
        expect(outcomes.map((outcome) => ('answer' in outcome ? outcome.answer : 'failed'))).toEqual(
          items.map((isBad, index) => (isBad ? 'failed' : index)),
        );
        expect(runs).toBeLessThanOrEqual(2 * items.length);
      }),
    );
  });

  it('asks no more of a model that can not be opened', async () => {
    let runs = 0;
    const run = (): Promise<never> => Promise.reject(new Error(String(++runs)));
    expect(await runApart([1, 2, 3], run, () => true)).toHaveLength(3);
    expect(runs).toBe(1);
  });
});
