/** Requests with one input each. */
import { alphabet } from './models.ts';

/** Bodies of one window each. */
export const windows = (steps: number, count = 50): string[] =>
  Array.from({ length: count }, (_, index) =>
    JSON.stringify({
      inputs: [
        {
          rows: Array.from({ length: steps }, (_row, step) => ({
            value: Number((10 + 3 * Math.sin(index + step / 5)).toFixed(3)),
          })),
        },
      ],
    }),
  );

/** Bodies of one text each, of all lengths from `least` to `most` in no order. */
export const texts = (least: number, most: number): string[] =>
  Array.from({ length: most - least + 1 }, (_, index) => {
    const length = least + ((index * 89) % (most - least + 1));
    const text = Array.from(
      { length },
      (_letter, place) => alphabet[(index + place * place) % alphabet.length]!,
    );
    return JSON.stringify({ inputs: [{ text: text.join('') }] });
  });
