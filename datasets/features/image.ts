/** A column of images, brought to one size: row by row, or all pixels at once. */
import type { ImageInput } from '../../engine/spec/inputs.ts';
import { scalingOf } from '../../engine/spec/scaling.ts';
import { decodeImage, type Image } from '../formats/decode-image.ts';
import { UnreadableMedia } from '../formats/unreadable-media.ts';
import type { Value } from '../tables/cells.ts';
import { readBase64 } from './base64.ts';
import type { Feature } from './feature.ts';
import { moments } from './moments.ts';
import { resized } from './resized.ts';

/** An image of a table; what comes with a request has no such arrays. */
const isImage = (value: unknown): value is Image =>
  typeof value === 'object' && value !== null && 'pixels' in value && value.pixels instanceof Uint8Array;

function imageOf(value: Value): Image {
  if (isImage(value)) return value;
  throw new Error('internal: expected an image in a column that was checked');
}

function shapeOf(
  { image, size: [height = 1, width = 1], as }: Pick<ImageInput, 'image' | 'size' | 'as'>,
  scaler: { mean: number; std: number },
) {
  const rowSize = width * (image === 'rgb' ? 3 : 1);
  return as === 'vector'
    ? ({ kind: 'numbers', scalers: new Array(height * rowSize).fill(scaler) } as const)
    : ({ kind: 'sequence', scalers: new Array(rowSize).fill(scaler), steps: height, padded: false } as const);
}

export const imageFeature: Feature<'image'> = {
  check: (_input, { name, type, missing }, data) => {
    if (type !== 'image') return `expected a column of images, got "${name}", which is of type ${type}`;
    return missing > 0 && data.missing !== 'drop'
      ? `expected an image in every row, got ${missing} missing in "${name}"`
      : null;
  },
  plan: (input) => shapeOf(input, { mean: 0, std: 1 }),
  fit: async (values, input, { scaling }) => {
    const all = moments(1, scalingOf(scaling).type);
    for await (const value of values) all.add(await resized(imageOf(value), input));
    const { mean, std } = all.scalers()[0]!;
    return { ...input, mean, std };
  },
  shape: (fitted) => shapeOf(fitted, fitted),
  encoder: (fitted) => (value) => resized(imageOf(value), fitted),
  read: async (value, _fitted, asFile) => {
    if (isImage(value)) return { value };
    const expected = `a PNG or JPEG file${asFile ? '' : ' in base64'}`;
    const bytes = readBase64(value);
    if (bytes === null) return { expected };
    try {
      return { value: await decodeImage(bytes) };
    } catch (error) {
      if (error instanceof UnreadableMedia) return { expected: `${expected} (${error.message})` };
      throw error;
    }
  },
};
