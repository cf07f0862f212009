import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeAudio, maxAudioSamples } from './decode-audio.ts';
import { readWavHeader } from './wav-header.ts';

const media = new URL('../../test/golden/media/', import.meta.url);
const file = (name: string): Buffer => readFileSync(new URL(name, media));
const golden = JSON.parse(file('expected.json').toString()) as {
  audio: Record<string, { sample_rate: number; channels: number; samples: number[] }>;
};

/** Largest difference from what libsndfile reads, in steps of 1/32768. */
const tolerances: Record<string, number> = {
  'pcm16-mono.wav': 0,
  'mono.flac': 0,
  'layer3.mp3': 2,
  'vorbis.ogg': 2,
  'opus.ogg': 60,
};

describe('decodeAudio', () => {
  it.each(Object.keys(golden.audio))('%s: what libsndfile reads', async (name) => {
    const expected = golden.audio[name]!;
    const audio = await decodeAudio(file(name));
    expect(audio).toMatchObject({ sampleRate: expected.sample_rate, channels: expected.channels });
    expect(audio.samples).toHaveLength(expected.samples.length);
    const worst = expected.samples.reduce(
      (most, sample, i) => Math.max(most, Math.abs(sample - audio.samples[i]!)),
      0,
    );
    expect(worst).toBeLessThanOrEqual(tolerances[name] ?? 1);
  });

  it('does not go by names, and says what it expected', async () => {
    await expect(decodeAudio(Buffer.from('<svg/>'))).rejects.toMatchObject({ code: 'unknown_format' });
    await expect(decodeAudio(Buffer.alloc(0))).rejects.toMatchObject({ code: 'empty_audio' });
    await expect(decodeAudio(Buffer.concat([Buffer.from('OggS'), Buffer.alloc(99)]))).rejects.toMatchObject({
      code: 'unknown_format',
    });
  });

  it('refuses samples that are no numbers, rather than taking them for silence', async () => {
    const bytes = Buffer.from(file('float.wav'));
    bytes.writeFloatLE(NaN, bytes.length - 8);
    await expect(decodeAudio(bytes)).rejects.toMatchObject({ code: 'damaged', message: /finite.+NaN/ });
    bytes.writeFloatLE(-Infinity, bytes.length - 8);
    await expect(decodeAudio(bytes)).rejects.toMatchObject({ code: 'damaged', message: /finite.+-Infinity/ });
  });

  it.each(['mono.flac', 'vorbis.ogg', 'opus.ogg', 'layer3.mp3'])(
    '%s cut off or overwritten is refused, or shorter, and never hangs',
    async (name) => {
      const whole = file(name);
      const { samples } = await decodeAudio(whole);
      for (const length of [5, 40, Math.floor(whole.length / 2)]) {
        const cut = await decodeAudio(whole.subarray(0, length)).catch((error: unknown) => error as Error);
        if (cut instanceof Error) expect(cut.name).toBe('UnreadableMedia');
        else expect(cut.samples.length).toBeLessThan(samples.length);
      }
      const noise = Buffer.concat([whole.subarray(0, 4), Buffer.alloc(4000, 0x5a)]);
      await expect(decodeAudio(noise)).rejects.toMatchObject({ name: 'UnreadableMedia' });
    },
  );
});

describe('a lying WAV header', () => {
  const wav = (change: (bytes: Buffer) => void): Buffer => {
    const bytes = Buffer.from(file('pcm16-mono.wav'));
    change(bytes);
    return bytes;
  };
  it.each<[string, Buffer, string]>([
    ['more samples than there are', wav((b) => b.writeUInt32LE(4_000_000_000, 40)), 'truncated'],
    ['a file that is cut off', file('pcm16-mono.wav').subarray(0, 700), 'truncated'],
    ['no samples', wav((b) => b.writeUInt32LE(0, 40)), 'empty_audio'],
    ['nothing after the header', file('pcm16-mono.wav').subarray(0, 36), 'empty_audio'],
    ['no channels', wav((b) => b.writeUInt16LE(0, 22)), 'wrong_header'],
    ['65535 channels', wav((b) => b.writeUInt16LE(65_535, 22)), 'wrong_header'],
    ['a rate of 0', wav((b) => b.writeUInt32LE(0, 24)), 'wrong_header'],
    ['a rate of 4 GHz', wav((b) => b.writeUInt32LE(4_000_000_000, 24)), 'wrong_header'],
    ['blocks of no byte', wav((b) => b.writeUInt16LE(0, 32)), 'wrong_header'],
    ['blocks that are not channels × bits', wav((b) => b.writeUInt16LE(7, 32)), 'wrong_header'],
    ['a format chunk beyond the end', wav((b) => b.writeUInt32LE(0x7fff_ffff, 16)), 'wrong_header'],
    ['a coding that nobody knows', wav((b) => b.writeUInt16LE(0x4242, 20)), 'damaged'],
    ['a format of 7 bits', wav((b) => (b.writeUInt16LE(7, 34), b.writeUInt16LE(1, 32))), 'wrong_header'],
  ])('%s', async (_, bytes, code) => {
    await expect(decodeAudio(bytes)).rejects.toMatchObject({ name: 'UnreadableMedia', code });
  });

  it('may leave the length open, as programs that write to a pipe do', async () => {
    const audio = await decodeAudio(wav((b) => b.writeUInt32LE(0xffff_ffff, 40)));
    expect(audio.samples).toHaveLength(800);
  });

  it('is not decoded when it is too long', async () => {
    const bytes = Buffer.concat([file('pcm8.wav').subarray(0, 44), Buffer.alloc(maxAudioSamples + 1)]);
    bytes.writeUInt32LE(maxAudioSamples + 1, 40);
    expect(readWavHeader(bytes).frames).toBe(maxAudioSamples + 1);
    await expect(decodeAudio(bytes)).rejects.toMatchObject({ code: 'too_long' });
  });
});
