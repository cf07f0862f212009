/**
 * Samples → frames. Log-mel and MFCC as torchaudio has them with `center: false`: periodic Hann window, power spectrum of the next power of two, triangular bands of the
 * HTK mel scale without normalisation, natural logarithm of at least 1e-6; of MFCC the orthonormal cosine transform (type II) of those.
 */
import FFT from 'fft.js';
import { resampler } from './resampler.ts';
import type { AudioInput } from '../../engine/spec/inputs.ts';
import type { Audio } from '../formats/decode-audio.ts';

const smallestPower = 1e-6;

const samplesOf = (milliseconds: number, rate: number): number =>
  Math.max(1, Math.round((milliseconds / 1000) * rate));

/** Numbers of a step. */
export function audioWidth(input: AudioInput): number {
  switch (input.audio) {
    case 'log_mel':
      return input.mels;
    case 'mfcc':
      return Math.min(input.coefficients, input.mels);
    case 'framed':
      return samplesOf(input.frame_ms, input.sample_rate);
    case 'raw':
      return input.step_size;
  }
}

/** @returns what makes steps [T,features] of a recording, at least one */
export function audioReader(input: AudioInput): (audio: Audio) => Promise<Float32Array> {
  const rate = input.sample_rate;
  const most = Math.ceil(input.max_seconds * rate);
  const width = audioWidth(input);
  const size = 'frame_ms' in input ? samplesOf(input.frame_ms, rate) : width;
  const hop = 'hop_ms' in input ? samplesOf(input.hop_ms, rate) : width;
  const describe = describerOf(input, size);
  const atRate = resampler(rate, input.max_seconds);
  return async (audio) => {
    const samples = (await atRate(audio)).subarray(0, most);
    // a frame that the recording does not fill is left out, but for the only one
    const frames =
      input.audio === 'raw'
        ? Math.max(1, Math.ceil(samples.length / size))
        : Math.max(1, 1 + Math.floor((samples.length - size) / hop));
    const steps = new Float32Array(frames * width);
    const frame = new Float64Array(size);
    for (let t = 0; t < frames; t++) {
      frame.fill(0);
      frame.set(samples.subarray(t * hop, t * hop + size));
      steps.set(describe(frame), t * width);
    }
    return steps;
  };
}

type Describe = (frame: Float64Array) => ArrayLike<number>;

function describerOf(input: AudioInput, size: number): Describe {
  if (input.audio !== 'log_mel' && input.audio !== 'mfcc') return (frame) => frame;
  const bands = logMel(input.mels, size, input.sample_rate);
  if (input.audio === 'log_mel') return bands;
  const cosines = cosineTransform(input.mels, audioWidth(input));
  return (frame) => cosines(bands(frame));
}

/** Hertz → mel, of HTK (O'Shaughnessy 1987). */
const melOf = (hertz: number): number => 2595 * Math.log10(1 + hertz / 700);
const hertzOf = (mel: number): number => 700 * (10 ** (mel / 2595) - 1);

function logMel(mels: number, size: number, rate: number): Describe {
  const length = Math.max(2, 2 ** Math.ceil(Math.log2(size)));
  const fft = new FFT(length);
  const window = Float64Array.from(
    { length: size },
    (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size),
  );
  const bins = length / 2 + 1;
  const highest = melOf(rate / 2);
  const edges = Array.from({ length: mels + 2 }, (_, m) => hertzOf((highest * m) / (mels + 1)));
  const filters = Array.from({ length: mels }, (_, m) =>
    Float64Array.from({ length: bins }, (_bin, k) => {
      const hertz = (k * rate) / length;
      const [low, middle, high] = [edges[m]!, edges[m + 1]!, edges[m + 2]!];
      return Math.max(0, Math.min((hertz - low) / (middle - low), (high - hertz) / (high - middle)));
    }),
  );
  const padded = new Array<number>(length).fill(0);
  const spectrum = fft.createComplexArray();
  return (frame) => {
    for (let i = 0; i < size; i++) padded[i] = frame[i]! * window[i]!;
    fft.realTransform(spectrum, padded);
    return filters.map((filter) => {
      let power = 0;
      for (let k = 0; k < bins; k++)
        if (filter[k]! > 0) power += filter[k]! * (spectrum[2 * k]! ** 2 + spectrum[2 * k + 1]! ** 2);
      return Math.log(Math.max(smallestPower, power));
    });
  };
}

/** The first coefficients of the orthonormal cosine transform of type II (Ahmed, Natarajan & Rao 1974). */
function cosineTransform(inputs: number, coefficients: number): (values: ArrayLike<number>) => Float64Array {
  const table = Array.from({ length: coefficients }, (_, k) =>
    Float64Array.from(
      { length: inputs },
      (_value, n) => Math.sqrt((k === 0 ? 1 : 2) / inputs) * Math.cos((Math.PI * k * (n + 0.5)) / inputs),
    ),
  );
  return (values) =>
    Float64Array.from(table, (row) => row.reduce((sum, weight, n) => sum + weight * values[n]!, 0));
}
