/** An image brought to one size and one number of channels, from 0 to 255: [height, width, channels]. */
import sharp from 'sharp';
import type { ImageInput } from '../../engine/spec/inputs.ts';
import type { Image } from '../formats/decode-image.ts';

const black = { r: 0, g: 0, b: 0 };

export async function resized(
  { width, height, channels, pixels }: Image,
  { image, size: [toHeight = 1, toWidth = 1] }: Pick<ImageInput, 'image' | 'size'>,
): Promise<Float32Array> {
  const raw = { width, height, channels: channels as 1 | 2 | 3 | 4 };
  const { data } = await sharp(pixels, { raw, limitInputPixels: false })
    .flatten({ background: black })
    .resize(toWidth, toHeight, { fit: 'fill' })
    .toColourspace(image === 'grayscale' ? 'b-w' : 'srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return Float32Array.from(data);
}
