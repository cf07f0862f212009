import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSessionCache } from './session-cache.ts';

describe('createSessionCache', () => {
  it('drops the least recently used first, as many as have no room', () => {
    const cache = createSessionCache<string>(100);
    for (const key of ['a', 'b', 'c']) {
      cache.acquire({ key, place: 't', bytes: 40 });
      if (key !== 'c') expect(cache.release(key, 't')).toEqual([]);
    }
    cache.acquire({ key: 'a', place: 't', bytes: 40 });
    cache.release('a', 't');
    expect(cache.places('b')).toEqual([]);
    expect(cache.release('c', 't')).toEqual([]);
    expect([cache.places('a'), cache.places('c')]).toEqual([['t'], ['t']]);
  });

  it('keeps a model that is too large for as long as it is in use', () => {
    const cache = createSessionCache<string>(10);
    expect(cache.acquire({ key: 'big', place: 't', bytes: 50 })).toEqual({ isNew: true });
    expect(cache.acquire({ key: 'big', place: 't', bytes: 50 })).toEqual({ isNew: false });
    expect(cache.release('big', 't')).toEqual([]);
    expect(cache.release('big', 't')).toMatchObject([{ key: 'big', place: 't' }]);
    expect(cache.bytes).toBe(0);
  });

  it('forgets what was on a place that is gone', () => {
    const cache = createSessionCache<string>(100);
    for (const place of ['t', 'u']) cache.acquire({ key: 'a', place, bytes: 1 });
    cache.forgetPlace('t');
    expect(cache.places('a')).toEqual(['u']);
    expect(cache.release('a', 't')).toEqual([]);
  });

  it('lets what is open of a version that is gone go as soon as nobody uses or holds it', () => {
    const cache = createSessionCache<string>(100);
    for (const key of ['v', 'steps', 'other'])
      cache.acquire({ key, place: 't', bytes: 1, ...(key === 'steps' && { versionKey: 'v' }) });
    cache.release('steps', 't');
    cache.hold('v');
    cache.hold('v');
    expect(cache.condemn(['v', 'nothing'])).toEqual([]);
    expect(cache.release('v', 't')).toEqual([]);
    expect(cache.letGo('v')).toEqual([]);
    expect(cache.letGo('v').map(({ key }) => key)).toEqual(['v', 'steps']);
    expect([cache.bytes, cache.versionKeys()]).toEqual([1, ['other']]);
    // who was on the way to it
    cache.acquire({ key: 'v', place: 't', bytes: 1 });
    expect(cache.release('v', 't').map(({ key }) => key)).toEqual(['v']);
    expect(cache.release('other', 't')).toEqual([]);
    cache.acquire({ key: 'other', place: 't', bytes: 1 });
    expect(cache.condemn(['other'])).toEqual([]);
    expect(cache.release('other', 't').map(({ key }) => key)).toEqual(['other']);
    expect(cache.bytes).toBe(0);
  });

  it('never drops what is in use, and never keeps idle models beyond its bytes', () => {
    const operation = fc.record({
      key: fc.constantFrom('a', 'b', 'c', 'd'),
      place: fc.constantFrom('t', 'u'),
      release: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(operation, { maxLength: 60 }),
        fc.integer({ min: 0, max: 50 }),
        (operations, maxBytes) => {
          const cache = createSessionCache<string>(maxBytes);
          const users = new Map<string, number>();
          const bytesOf = (key: string): number => 10 + key.charCodeAt(0) - 97;
          for (const { key, place, release } of operations) {
            const name = `${key}@${place}`;
            const count = users.get(name) ?? 0;
            if (!release) {
              cache.acquire({ key, place, bytes: bytesOf(key) });
              users.set(name, count + 1);
            } else if (count > 0) {
              users.set(name, count - 1);
              for (const dropped of cache.release(key, place)) {
                expect(users.get(`${dropped.key}@${dropped.place}`)).toBe(0);
              }
              const inUse = [...users]
                .filter(([, n]) => n > 0)
                .reduce((sum, [used]) => sum + bytesOf(used), 0);
              expect(cache.bytes).toBeLessThanOrEqual(Math.max(maxBytes, inUse));
            }
            for (const [used, n] of users) {
              const [usedKey, usedPlace] = used.split('@') as [string, string];
              if (n > 0) expect(cache.places(usedKey)).toContain(usedPlace);
            }
          }
        },
      ),
    );
  });
});
