import { expect, it } from 'vitest';
import { drawForecast } from './forecast-chart.ts';

const points = (values: readonly number[], month: string) =>
  values.map((value, index) => ({ at: `2024-${month}-${String(index + 1).padStart(2, '0')}`, value }));

it('draws what is known and what is forecast on one scale, with the border between them', () => {
  const chart = drawForecast({
    known: points([0, 0, 10, 10], '01'),
    forecast: points([10, 0, 0], '02'),
    columns: 8 + 7 + 2,
    colour: false,
  });
  const lines = chart.split('\n');
  expect(lines[0]).toBe('  10.0 ┤ ╭─┊╌╮');
  expect(lines[5]).toMatch(/^ {3}\d\.\d ┤ │ ┊ ╎$/);
  expect(lines[10]).toBe('   0.0 ┤─╯ ┊ ╰╌');
  expect(lines[11]).toBe('        2024-01-012024-02-01 → 2024-02-03');
  expect(lines).toHaveLength(12);
});

it('gives a point up to three columns where there is room, and colours the forecast when asked to', () => {
  const chart = drawForecast({
    known: points([1, 2], '01'),
    forecast: points([2, 3], '02'),
    columns: 80,
    colour: true,
  });
  for (const line of chart.split('\n').slice(0, -1)) {
    expect(line.indexOf('\u001b[2m┊')).toBe(8 + 2 * 3 - 1);
    expect(line).toContain('\u001b[32m');
  }
});
