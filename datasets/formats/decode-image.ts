/**
 * An image → pixels. PNG and JPEG are told by their first bytes, never by a name. Eight bits a channel: deeper ones are scaled,
 * palettes become colours, other colour spaces sRGB; a photograph is turned upright as its EXIF says. Transparency stays a channel.
 */
import sharp from 'sharp';
import { UnreadableMedia } from './unreadable-media.ts';

export interface Image {
  readonly width: number;
  readonly height: number;
  /** 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha. */
  readonly channels: number;
  /** [height, width, channels], 0 to 255. */
  readonly pixels: Uint8Array;
}

export interface DecodedImage extends Image {
  readonly encoding: ImageEncoding;
}

export type ImageEncoding = 'png' | 'jpeg';

/** 4096 × 4096. */
export const maxImagePixels = 16_777_216;

const signatures: Record<ImageEncoding, readonly number[]> = {
  png: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
  jpeg: [0xff, 0xd8, 0xff],
};

/** What the first bytes say; null for anything else. */
export function imageEncoding(bytes: Uint8Array): ImageEncoding | null {
  const encodings = Object.keys(signatures) as ImageEncoding[];
  return (
    encodings.find((encoding) => signatures[encoding].every((byte, index) => bytes[index] === byte)) ?? null
  );
}

const greySpaces = ['b-w', 'grey16'];

/** Throws UnreadableMedia: `unknown_format`, `too_large`, `damaged`. */
export async function decodeImage(bytes: Uint8Array): Promise<DecodedImage> {
  const encoding = imageEncoding(bytes);
  if (encoding === null)
    throw new UnreadableMedia('unknown_format', 'expected PNG or JPEG, got something else');
  try {
    const options = { limitInputPixels: false, failOn: 'error', sequentialRead: true } as const;
    const { space, width, height } = await sharp(bytes, options).metadata();
    if (width * height > maxImagePixels)
      throw new UnreadableMedia(
        'too_large',
        `expected at most ${maxImagePixels} pixels, got ${width} × ${height}; make it smaller`,
      );
    const { data, info } = await sharp(bytes, options)
      .autoOrient()
      .toColourspace(greySpaces.includes(space) ? 'b-w' : 'srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    const pixels = new Uint8Array(data.buffer, data.byteOffset, data.length);
    return { width: info.width, height: info.height, channels: info.channels, pixels, encoding };
  } catch (error) {
    if (error instanceof UnreadableMedia) throw error;
    const [reason] = (error as Error).message.split('\n');
    throw new UnreadableMedia(
      'damaged',
      `expected a whole ${encoding.toUpperCase()} file, got one that is not: ${reason}`,
    );
  }
}
