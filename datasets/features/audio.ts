/** A column of recordings as a sequence of frames; each of their numbers is scaled by its own mean and deviation over all frames. */
import { decodeAudio, type Audio } from '../formats/decode-audio.ts';
import { UnreadableMedia } from '../formats/unreadable-media.ts';
import type { AudioInput } from '../../engine/spec/inputs.ts';
import { scalingOf } from '../../engine/spec/scaling.ts';
import type { Value } from '../tables/cells.ts';
import { audioReader, audioWidth } from './audio-reader.ts';
import { readBase64 } from './base64.ts';
import type { Feature } from './feature.ts';
import { moments } from './moments.ts';
import type { Scaler } from './scaler.ts';

/** A recording of a table; what comes with a request has no such arrays. */
const isAudio = (value: unknown): value is Audio =>
  typeof value === 'object' && value !== null && 'samples' in value && value.samples instanceof Int16Array;

function audioOf(value: Value): Audio {
  if (isAudio(value)) return value;
  throw new Error('internal: expected a recording in a column that was checked');
}

/** Steps of the longest recording that is read whole. */
function mostSteps(input: AudioInput): number {
  const samples = Math.ceil(input.max_seconds * input.sample_rate);
  const hop = 'hop_ms' in input ? Math.round((input.hop_ms / 1000) * input.sample_rate) : input.step_size;
  return Math.max(1, Math.ceil(samples / hop));
}

const shapeOf = (input: AudioInput, scalers: readonly Scaler[]) =>
  ({ kind: 'sequence', scalers, steps: mostSteps(input), padded: true }) as const;

/** A recording that is longer than the network hears, in words; null where it is heard whole. */
function cutOf({ samples, sampleRate }: Audio, { max_seconds: most }: AudioInput): string | null {
  const seconds = samples.length / sampleRate;
  return seconds <= most
    ? null
    : `expected at most ${most} s, got ${Number(seconds.toFixed(3))}: the first ${most} are heard, as in training`;
}

export const audioFeature: Feature<'audio'> = {
  check: (_input, { name, type, missing }, data) => {
    if (type !== 'audio') return `expected a column of recordings, got "${name}", which is of type ${type}`;
    return missing > 0 && data.missing !== 'drop'
      ? `expected a recording in every row, got ${missing} missing in "${name}"`
      : null;
  },
  plan: (input) =>
    shapeOf(
      input,
      Array.from({ length: audioWidth(input) }, () => ({ mean: 0, std: 1 })),
    ),
  fit: async (values, input, { scaling }) => {
    const all = moments(audioWidth(input), scalingOf(scaling).type);
    const read = audioReader(input);
    for await (const value of values) all.add(await read(audioOf(value)));
    const scalers = all.scalers();
    return {
      column: input.column,
      audio: input.audio,
      reading: input,
      means: scalers.map(({ mean }) => mean),
      stds: scalers.map(({ std }) => std),
    };
  },
  shape: ({ reading, means, stds }) =>
    shapeOf(
      reading,
      means.map((mean, index) => ({ mean, std: stds[index]! })),
    ),
  encoder: ({ reading }) => {
    const read = audioReader(reading);
    return (value) => read(audioOf(value));
  },
  read: async (value, { reading }, asFile) => {
    if (isAudio(value)) return { value };
    const expected = `a WAV, FLAC, MP3 or OGG file${asFile ? '' : ' in base64'}`;
    const bytes = readBase64(value);
    if (bytes === null) return { expected };
    try {
      const audio = await decodeAudio(bytes);
      return { value: audio, cut: cutOf(audio, reading) };
    } catch (error) {
      if (error instanceof UnreadableMedia) return { expected: `${expected} (${error.message})` };
      throw error;
    }
  },
};
