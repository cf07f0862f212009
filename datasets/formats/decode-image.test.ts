import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeImage } from './decode-image.ts';

const media = new URL('../../test/golden/media/', import.meta.url);
const file = (name: string): Buffer => readFileSync(new URL(name, media));
const golden = JSON.parse(file('expected.json').toString()) as {
  images: Record<string, { width: number; height: number; channels: number; pixels: number[] }>;
};

describe('decodeImage', () => {
  it.each(Object.keys(golden.images))('%s: what Pillow reads', async (name) => {
    const { pixels, ...shape } = golden.images[name]!;
    const image = await decodeImage(file(name));
    expect(image).toMatchObject(shape);
    const worst = pixels.reduce((most, pixel, i) => Math.max(most, Math.abs(pixel - image.pixels[i]!)), 0);
    // Decoders of JPEG may round differently.
    expect(worst).toBeLessThanOrEqual(name.endsWith('.jpg') ? 2 : 0);
  });

  it('turns a photograph upright', async () => {
    const jpeg = await sharp({ create: { width: 6, height: 4, channels: 3, background: 'red' } })
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    expect(await decodeImage(jpeg)).toMatchObject({ width: 4, height: 6, channels: 3 });
  });

  it('scales 16 bits to 8', async () => {
    const grey = Uint16Array.from([0, 128 * 257, 65_535, 257]);
    const png = await sharp(grey, { raw: { width: 4, height: 1, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toBuffer();
    const { channels, pixels } = await decodeImage(png);
    expect([channels, ...pixels]).toEqual([1, 0, 128, 255, 1]);
  });

  it.each<[string, Buffer, string]>([
    ['nothing', Buffer.alloc(0), 'unknown_format'],
    [
      'SVG, whatever it is called',
      Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'),
      'unknown_format',
    ],
    ['a PNG cut off', file('rgb.png').subarray(0, 200), 'damaged'],
    ['the signature alone', file('rgb.png').subarray(0, 8), 'damaged'],
    ['a JPEG cut off', file('rgb.jpg').subarray(0, 500), 'damaged'],
  ])('refuses %s', async (_, bytes, code) => {
    await expect(decodeImage(bytes)).rejects.toMatchObject({ name: 'UnreadableMedia', code });
  });

  it('refuses an image of more pixels than allowed before it takes their memory', async () => {
    const bomb = await sharp({
      create: { width: 5000, height: 5000, channels: 3, background: 'black' },
    })
      .png()
      .toBuffer();
    expect(bomb.length).toBeLessThan(400_000);
    await expect(decodeImage(bomb)).rejects.toMatchObject({ code: 'too_large' });
  });
});
