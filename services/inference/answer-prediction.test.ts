import { expect, it, vi } from 'vitest';
import type { ModelVersion } from '../../domain/models/model.ts';
import { refuseBeforeReading, refusePredictionBeforeReading } from './answer-prediction.ts';
import type { InferenceParts } from './parts.ts';

const version = (number: number) => ({ name: 'weather', version: number }) as ModelVersion;

function partsWith(full: readonly number[], weights: Readonly<Record<number, number>>) {
  const observe = vi.fn();
  const targets = Object.entries(weights).map(([number, weight]) => ({
    version: version(Number(number)),
    weight,
  }));
  const parts = {
    directory: { recall: () => ({ targets, shadow: null }) },
    execution: { isFull: (asked: ModelVersion) => full.includes(asked.version) },
    metrics: { observe },
  } as unknown as InferenceParts;
  return { parts, observe };
}

it('counts a prediction that is refused before it is read for the version whose turn it was', () => {
  const { parts, observe } = partsWith([3, 4], { 3: 1, 4: 0 });
  expect(() => refusePredictionBeforeReading(parts, 'weather')).toThrow(
    expect.objectContaining({ code: 'overloaded' }),
  );
  expect(observe).toHaveBeenCalledExactlyOnceWith(version(3), 'refused', expect.any(Number));
});

it('reads, and counts nothing, while one of the versions has room', () => {
  const { parts, observe } = partsWith([3], { 3: 0.9, 4: 0.1 });
  refusePredictionBeforeReading(parts, 'weather');
  expect(observe).not.toHaveBeenCalled();
});

it('counts no prediction where none was asked for', () => {
  const { parts, observe } = partsWith([3], { 3: 1 });
  expect(() => refuseBeforeReading(parts, 'weather')).toThrow();
  expect(observe).not.toHaveBeenCalled();
});
