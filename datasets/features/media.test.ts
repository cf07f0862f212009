/** Vectors, images and recordings as steps: against numpy and scipy (test/golden/audio_features.py), at other rates and sizes, and files that are none. */
import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { Value as Schema } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { Input, isInput, type RowInput } from '../../engine/spec/inputs.ts';
import { difference } from '../../test/golden/golden-values.ts';
import { audioReader } from './audio-reader.ts';
import type { Audio } from '../formats/decode-audio.ts';
import { resampler } from './resampler.ts';
import { rowEncoder, rowShape } from './row.ts';
import { featureShape, fitFeature, readValue } from './table.ts';

const standard = { scaling: 'standard', missing: 'error' } as const;
function inputOf(asked: object): RowInput {
  const input = Schema.Parse(Input, Schema.Default(Input, { column: 'a', ...asked }));
  if (isInput(input, 'calendar')) expect.fail();
  return input;
}

const golden = JSON.parse(
  readFileSync(new URL('../../test/golden/audio-features.json', import.meta.url), 'utf8'),
) as {
  readonly samples: readonly number[];
  readonly log_mel: readonly number[];
  readonly mfcc: readonly number[];
};

const tone = (hertz: number, sampleRate: number, count: number): Audio => ({
  sampleRate,
  samples: Int16Array.from({ length: count }, (_, i) =>
    Math.round(20_000 * Math.sin((2 * Math.PI * hertz * i) / sampleRate)),
  ),
});

describe('recordings', () => {
  const audio = { sampleRate: 8000, samples: Int16Array.from(golden.samples) };
  it.each([
    [{ audio: 'log_mel', mels: 12 }, golden.log_mel],
    [{ audio: 'mfcc', mels: 12, coefficients: 5 }, golden.mfcc],
  ])('%j are what numpy and scipy make of them', async (asked, expected) => {
    const input = inputOf({ ...asked, sample_rate: 8000 });
    if (!('audio' in input)) expect.fail();
    expect(difference(await audioReader(input)(audio), expected)).toBeLessThan(1e-5);
  });

  it.each([
    [8000, 440],
    [44_100, 3000],
    [22_050, 1000],
  ])('of %i Hz become those of 16000 Hz', async (from, hertz) => {
    const found = await resampler(16_000, 1)(tone(hertz, from, from));
    const inside = [...found.subarray(1000, 15_000)];
    const expected = inside.map(
      (_, i) => (20_000 / 32_768) * Math.sin((2 * Math.PI * hertz * (i + 1000)) / 16_000),
    );
    expect(difference(inside, expected)).toBeLessThan(1e-4);
  });

  it('are cut into frames, as they are or by so many samples, and no further than asked', async () => {
    const framed = inputOf({
      audio: 'framed',
      sample_rate: 8000,
      frame_ms: 10,
      hop_ms: 5,
      max_seconds: 0.05,
    });
    const raw = inputOf({ audio: 'raw', sample_rate: 8000, step_size: 64 });
    if (!('audio' in framed) || !('audio' in raw)) expect.fail();
    const frames = await audioReader(framed)(audio);
    expect(frames).toHaveLength(9 * 80);
    expect(frames[80]).toBeCloseTo(golden.samples[40]! / 32_768, 6);
    const steps = await audioReader(raw)(audio);
    expect(steps).toHaveLength(15 * 64);
    expect([steps[64], steps[899], steps[900]]).toEqual([
      expect.closeTo(golden.samples[64]! / 32_768, 6),
      expect.closeTo(golden.samples[899]! / 32_768, 6),
      0,
    ]);
  });

  it('are scaled by what the training rows have, and are of their own lengths', async () => {
    const input = inputOf({ audio: 'log_mel', sample_rate: 8000, mels: 12 });
    const fitted = await fitFeature(input, [audio, tone(300, 8000, 4000)], standard);
    const { inputs } = rowShape([featureShape(fitted)]);
    expect(inputs.sequence).toMatchObject({ kind: 'numbers', padded: true });
    const encode = rowEncoder([fitted]);
    expect([(await encode([audio])).steps, (await encode([tone(300, 8000, 100)])).steps]).toEqual([9, 1]);
  });

  it('come from files in base64, and others are told', async () => {
    const fitted = await fitFeature(inputOf({ audio: 'log_mel' }), [audio], standard);
    const file = readFileSync(new URL('../../test/golden/media/mono.flac', import.meta.url)).toString(
      'base64',
    );
    expect(await readValue(fitted, file)).toMatchObject({
      value: { sampleRate: expect.any(Number) as unknown },
    });
    expect(await readValue(fitted, 'bm8=')).toEqual({
      expected: expect.stringContaining('WAV, FLAC, MP3 or OGG') as unknown,
    });
    expect(await readValue(fitted, 7)).toEqual({ expected: 'a WAV, FLAC, MP3 or OGG file in base64' });
  });
});

describe('images', () => {
  const image = { width: 2, height: 1, channels: 3, pixels: Uint8Array.of(255, 0, 0, 0, 0, 255) };

  it('are brought to one size, row by row or all at once', async () => {
    const rgb = await fitFeature(inputOf({ image: 'rgb', size: [1, 2] }), [image], standard);
    expect(await rowEncoder([rgb])([image])).toEqual({
      sequence: Float32Array.from(image.pixels),
      steps: 1,
      numbers: [],
      categories: [],
    });
    expect(rgb).toMatchObject({ mean: 85 });
    const grey = await fitFeature(
      inputOf({ image: 'grayscale', size: [4, 2], as: 'vector' }),
      [image],
      standard,
    );
    const { numbers } = await rowEncoder([grey])([
      { width: 4, height: 2, channels: 1, pixels: new Uint8Array(8).fill(77) },
    ]);
    expect(numbers).toEqual(new Array(8).fill(77));
    const png = await sharp({ create: { width: 3, height: 2, channels: 3, background: '#123456' } })
      .png()
      .toBuffer();
    expect(await readValue(grey, png.toString('base64'))).toMatchObject({ value: { width: 3, height: 2 } });
    expect(await readValue(grey, 'AAAA')).toEqual({
      expected: expect.stringContaining('a PNG or JPEG file') as unknown,
    });
  });
});

describe('vectors', () => {
  const values = [Float64Array.of(1, 2, 3), Float64Array.of(5, 4, 3)];

  it('are sequences of steps, the last one filled, or all their numbers', async () => {
    const steps = await fitFeature(inputOf({ encoding: 'sequence', step_size: 2 }), values, standard);
    expect(steps).toMatchObject({ mean: 3, std: Math.sqrt(10 / 6) });
    expect(await rowEncoder([steps])([values[1]!])).toMatchObject({
      sequence: Float32Array.of(5, 4, 3, 3),
      steps: 2,
    });
    const whole = await fitFeature(inputOf({ encoding: 'vector' }), values, standard);
    expect((await rowEncoder([whole])([values[0]!])).numbers).toEqual([1, 2, 3]);
    const asTheyAre = { scaling: { type: 'none', per: 'training' }, missing: 'error' } as const;
    expect([
      await fitFeature(inputOf({ encoding: 'vector' }), values, asTheyAre),
      await fitFeature(inputOf({}), [3, 5, 10], asTheyAre),
    ]).toMatchObject([
      { mean: 0, std: 1 },
      { mean: 0, std: 1 },
    ]);
    expect(await readValue(whole, [1, 2])).toEqual({ expected: 'a list of 3 numbers' });
    expect(await readValue(steps, [1e39])).toEqual({ expected: 'a list of numbers that float32 can hold' });
    expect(await readValue(steps, 'a')).toEqual({ expected: 'a list of numbers' });
  });
});
