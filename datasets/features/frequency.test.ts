import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detectFrequency, nextTimestamps, type Frequency } from './frequency.ts';
import { defaultSeasonality } from './seasonality.ts';
import { readOrderValue, writeOrderValue } from './timestamps.ts';

function detect(texts: readonly (string | number)[], values: Frequency['values']): Frequency | null {
  const places = Float64Array.from(texts, (text) => readOrderValue(text, values)!);
  return detectFrequency(places, Uint32Array.of(0, texts.length), values);
}

describe('frequency', () => {
  it.each<[string, Frequency['values'], (string | number)[], string, number, (string | number)[], number]>([
    ['days', 'date', ['2024-02-27', '2024-02-28'], 'day', 1, ['2024-02-29', '2024-03-01'], 7],
    [
      'days with a gap',
      'date',
      ['2024-01-01', '2024-01-02', '2024-01-09', '2024-01-10'],
      'day',
      1,
      ['2024-01-11'],
      7,
    ],
    ['weeks', 'date', ['2024-02-15', '2024-02-22'], 'week', 1, ['2024-02-29', '2024-03-07'], 52],
    ['fortnights', 'date', ['2024-01-01', '2024-01-15'], 'week', 2, ['2024-01-29'], 1],
    [
      'months',
      'date',
      ['2023-12-15', '2024-01-15', '2024-02-15'],
      'month',
      1,
      ['2024-03-15', '2024-04-15'],
      12,
    ],
    [
      'a month short',
      'date',
      ['2024-01-01', '2024-02-01', '2024-04-01', '2024-05-01'],
      'month',
      1,
      ['2024-06-01'],
      12,
    ],
    [
      'month ends',
      'date',
      ['2024-02-29', '2024-03-31', '2024-04-30'],
      'month',
      1,
      ['2024-05-31', '2024-06-30'],
      12,
    ],
    [
      'quarters',
      'date',
      ['2023-07-01', '2023-10-01', '2024-01-01'],
      'quarter',
      1,
      ['2024-04-01', '2024-07-01'],
      4,
    ],
    [
      'quarter ends',
      'date',
      ['2023-09-30', '2023-12-31', '2024-03-31'],
      'quarter',
      1,
      ['2024-06-30', '2024-09-30'],
      4,
    ],
    ['years', 'date', ['2022-02-28', '2023-02-28', '2024-02-28'], 'year', 1, ['2025-02-28'], 1],
    ['thirty days', 'date', ['2024-01-01', '2024-01-31', '2024-03-01'], 'day', 30, ['2024-03-31'], 1],
    [
      'hours',
      'timestamp',
      ['2024-02-29T22:00:00Z', '2024-02-29T23:00:00Z'],
      'hour',
      1,
      ['2024-03-01T00:00:00Z'],
      24,
    ],
    [
      'a quarter of an hour',
      'timestamp',
      ['2024-01-01T00:00Z', '2024-01-01T00:15Z'],
      'minute',
      15,
      ['2024-01-01T00:30:00Z'],
      1,
    ],
    [
      'seconds',
      'timestamp',
      ['2024-01-01T00:00:58Z', '2024-01-01T00:00:59Z'],
      'second',
      1,
      ['2024-01-01T00:01:00Z'],
      1,
    ],
    [
      'half seconds',
      'timestamp',
      ['2024-01-01T00:00:00Z', '2024-01-01T00:00:00.5Z'],
      'second',
      0.5,
      ['2024-01-01T00:00:01Z', '2024-01-01T00:00:01.5Z'],
      1,
    ],
    [
      'months at noon',
      'timestamp',
      ['2024-01-31T12:00:00Z', '2024-02-29T12:00:00Z'],
      'month',
      1,
      ['2024-03-31T12:00:00Z'],
      12,
    ],
    ['numbers', 'number', [10, 12.5, 15], 'number', 2.5, [17.5, 20], 1],
  ])('of %s', (_, values, rows, unit, step, next, seasonality) => {
    const frequency = detect(rows, values);
    expect(frequency).toMatchObject({ values, unit, step });
    expect(nextTimestamps({ last: rows.at(-1), frequency: frequency!, horizon: next.length })).toEqual(next);
    expect(defaultSeasonality(frequency)).toBe(seasonality);
  });

  it('does not reach from one series into the next', () => {
    const days = ['2024-01-01', '2024-01-02', '1990-01-01', '1990-01-02'];
    const places = Float64Array.from(days, (day) => readOrderValue(day, 'date')!);
    expect(detectFrequency(places, Uint32Array.of(0, 2, 4), 'date')).toMatchObject({ unit: 'day', step: 1 });
  });

  it('is unknown for single rows', () => {
    expect(detect(['2024-01-01'], 'date')).toBeNull();
    expect(defaultSeasonality(null)).toBe(1);
  });

  it('goes on from the 31st to the last day of shorter months', () => {
    const frequency: Frequency = { values: 'date', unit: 'month', step: 1, month_end: false };
    expect(nextTimestamps({ last: '2024-01-31', frequency, horizon: 3 })).toEqual([
      '2024-02-29',
      '2024-03-31',
      '2024-04-30',
    ]);
  });

  it('refuses what is no value of the column', () => {
    const frequency: Frequency = { values: 'date', unit: 'day', step: 1, month_end: false };
    for (const last of ['soon', '2024-02-30', 3, null, undefined])
      expect(nextTimestamps({ last, frequency, horizon: 1 })).toBeNull();
  });
});

describe('order values', () => {
  it.each([
    ['2024-01-31T10:00:00+02:00', '2024-01-31T08:00:00Z'],
    ['2024-01-31 10:00', '2024-01-31T10:00:00Z'],
    ['2024-01-31T10:00:00.250-0130', '2024-01-31T11:30:00.25Z'],
    ['2024-01-31', '2024-01-31T00:00:00Z'],
  ])('%s is %s', (text, same) => {
    expect(writeOrderValue(readOrderValue(text, 'timestamp')!, 'timestamp')).toBe(same);
  });

  it('are read as they were written', () => {
    const date = fc.date({ min: new Date('0000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(date, (at) => {
        const text = writeOrderValue(at.getTime(), 'timestamp');
        expect(readOrderValue(text, 'timestamp')).toBe(at.getTime());
        const day = Math.floor(at.getTime() / 86_400_000) * 86_400_000;
        expect(readOrderValue(writeOrderValue(day, 'date'), 'date')).toBe(day);
      }),
    );
  });

  it.each([
    '2024-13-01',
    '2024-1-1',
    '2023-02-29T00:00:00Z',
    '2024-01-01T24:00:00Z',
    '2024-01-01T10:60Z',
    'x',
    '',
  ])('%s is none', (text) => {
    expect(readOrderValue(text, 'timestamp')).toBeNull();
  });
});
