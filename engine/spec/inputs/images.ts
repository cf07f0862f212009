/** Columns of images. */
import { Type, type Static } from 'typebox';
import { columnOf } from './column.ts';

const side = Type.Integer({ minimum: 1, maximum: 1024 });

export const ImageInput = Type.Object(
  {
    image: Type.Union([Type.Literal('grayscale'), Type.Literal('rgb')], {
      description: 'One number a pixel, or three. Transparency is laid on black.',
    }),
    column: columnOf('of images'),
    size: Type.Array(side, {
      minItems: 2,
      maxItems: 2,
      description: 'Height and width to which every image is brought, whatever shape it had.',
    }),
    as: Type.Union([Type.Literal('sequence'), Type.Literal('vector')], {
      default: 'sequence',
      description: 'Row by row, from top to bottom; or all pixels at once.',
    }),
  },
  {
    additionalProperties: false,
    description: 'An image, scaled by the mean and deviation of all its numbers.',
  },
);
export type ImageInput = Static<typeof ImageInput>;
