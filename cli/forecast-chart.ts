/** Draws the last known values of a series and its forecast, side by side, in a terminal. */
import asciichart from 'asciichart';

const height = 10;
/** Of the labels on the left, and with the axis. */
const labelWidth = 7;
const left = labelWidth + 1;
const green = '\u001b[32m';
const dim = '\u001b[2m';
const reset = '\u001b[0m';
/** How the forecast's part of the line looks: dashed, so that it is told apart without colours as well. */
const dashed: Record<string, string> = { '─': '╌', '│': '╎' };

export interface Point {
  readonly at: string;
  readonly value: number;
}

/** `known` and `forecast`: oldest first; each value takes `columnsPerPoint` columns. */
export function drawForecast(o: {
  known: readonly Point[];
  forecast: readonly Point[];
  columns: number;
  colour: boolean;
}): string {
  const columnsPerPoint = Math.max(
    1,
    Math.min(3, Math.floor((o.columns - left - 2) / (o.known.length + o.forecast.length))),
  );
  const values = [...o.known, ...o.forecast].flatMap(({ value }) =>
    Array<number>(columnsPerPoint).fill(value),
  );
  const border = left + o.known.length * columnsPerPoint - 1;
  const plot = asciichart.plot(values, {
    height,
    offset: 2,
    symbols: ['┤', '┤', '╶', '╴', '─', '╰', '╭', '╮', '╯', '│'],
    format: (value: number) =>
      value
        .toFixed(1)
        .padStart(labelWidth - 1)
        .padEnd(labelWidth),
  });
  const lines = plot.split('\n').map((line) => {
    const known = line.slice(0, border).padEnd(border);
    const ahead = line.slice(border).replace(/[─│]/g, (glyph) => dashed[glyph] ?? glyph);
    return o.colour ? `${known}${dim}┊${reset}${green}${ahead}${reset}` : `${known}┊${ahead}`;
  });
  const [first, last] = [o.known[0]?.at ?? '', o.forecast.at(-1)?.at ?? ''];
  const next = o.forecast[0]?.at ?? '';
  const axis = ' '.repeat(left) + first.padEnd(border - left + 1) + next;
  return [...lines, `${axis} → ${last}`].map((line) => line.trimEnd()).join('\n');
}
