import { expect, it } from 'vitest';
import { readCard } from './model.ts';

it('takes a card that names no task for one of a forecast, and leaves others as they are', () => {
  expect(readCard({ parts: { series: 1 } })).toEqual({ task: 'forecast', parts: { series: 1 } });
  expect(readCard({ task: 'classification' })).toEqual({ task: 'classification' });
});
