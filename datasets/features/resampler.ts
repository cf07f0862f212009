/** Recordings at another rate, by libsamplerate (band-limited interpolation, Smith & Gossett 1984). */
import libsamplerate from '@alexanderolsen/libsamplerate-js';
import type { Audio } from '../formats/decode-audio.ts';

// its file is CommonJS whose names Node does not find
const { ConverterType, create } = libsamplerate;

const fullScale = 32_768;

type Converter = Awaited<ReturnType<typeof create>>;

/** @returns samples from −1 to 1 at `rate`, of at most a little more than `maxSeconds` */
export function resampler(rate: number, maxSeconds: number): (audio: Audio) => Promise<Float32Array> {
  const converters = new Map<number, Promise<Converter>>();
  const converterOf = (from: number): Promise<Converter> => {
    const known = converters.get(from);
    if (known) return known;
    const made = create(1, from, rate, { converterType: ConverterType.SRC_SINC_MEDIUM_QUALITY });
    converters.set(from, made);
    return made;
  };
  return async ({ sampleRate, samples }) => {
    const needed = Math.min(samples.length, Math.ceil((maxSeconds + 0.1) * sampleRate));
    const own = Float32Array.from(samples.subarray(0, needed), (sample) => sample / fullScale);
    return sampleRate === rate ? own : (await converterOf(sampleRate)).simple(own);
  };
}
