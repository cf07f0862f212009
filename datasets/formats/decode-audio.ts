/**
 * A recording → samples of one channel. WAV, FLAC, MP3 and OGG (Vorbis or Opus) are told by their first bytes, never by a name.
 * Several channels become their mean. Samples of 16-bit files come out as they are.
 *
 * A file is decoded piece by piece, and no further than the longest recording that is allowed: what is small may be much when
 * decoded.
 */
import decodeWav from '@audio/decode-wav';
import { FLACDecoder } from '@wasm-audio-decoders/flac';
import { OggVorbisDecoder } from '@wasm-audio-decoders/ogg-vorbis';
import { MPEGDecoder } from 'mpg123-decoder';
import { OggOpusDecoder } from 'ogg-opus-decoder';
import { UnreadableMedia } from './unreadable-media.ts';
import { readWavHeader } from './wav-header.ts';

export interface Audio {
  /** In hertz. */
  readonly sampleRate: number;
  /** [samples], from -32768 to 32767. */
  readonly samples: Int16Array;
}

export interface DecodedAudio extends Audio {
  /** Of the file, before they were made one. */
  readonly channels: number;
  readonly encoding: AudioEncoding;
}

export type AudioEncoding = 'wav' | 'flac' | 'mp3' | 'ogg';

/** Ten minutes at 48 kHz. */
export const maxAudioSamples = 28_800_000;
const minSampleRate = 1000;
const maxSampleRate = 384_000;
/** Bytes handed to a decoder at a time. */
const pieceBytes = 16 * 1024;

const startsWith = (bytes: Uint8Array, text: string, at = 0): boolean =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1', at, at + text.length) === text;

/** What the first bytes say; null for anything else. */
export function audioEncoding(bytes: Uint8Array): AudioEncoding | null {
  if (startsWith(bytes, 'RIFF') && startsWith(bytes, 'WAVE', 8)) return 'wav';
  if (startsWith(bytes, 'fLaC')) return 'flac';
  if (startsWith(bytes, 'OggS')) return 'ogg';
  const frame = bytes.length > 2 && bytes[0] === 0xff && (bytes[1]! & 0xe6) === 0xe2;
  return startsWith(bytes, 'ID3') || frame ? 'mp3' : null;
}

interface Decoded {
  readonly channelData: readonly Float32Array[];
  readonly sampleRate: number;
  /** Of FLAC alone. */
  readonly bitDepth?: number;
  readonly errors: readonly { readonly message: string }[];
}

interface Decoder {
  readonly ready: Promise<void>;
  decode(bytes: Uint8Array): Decoded | Promise<Decoded>;
  flush?(): Decoded | Promise<Decoded>;
  free(): void;
}

/** What the largest sample of `bits` bits becomes among 16-bit ones. */
const largest = (bits: number): number => (2 ** (bits - 1) - 1) * 2 ** (16 - bits);

/** What a decoder has made 1 and -1 of. */
interface Scale {
  readonly positive: number;
  readonly negative: number;
}
const even: Scale = { positive: 32_768, negative: 32_768 };

/** The mean of the channels, as integers. Throws UnreadableMedia where a sample is not finite, as those of floating-point files may be. */
function toMono(channels: readonly Float32Array[], { positive, negative }: Scale): Int16Array {
  const [first = new Float32Array()] = channels;
  const mono = new Int16Array(first.length);
  for (let i = 0; i < mono.length; i++) {
    let sum = 0;
    for (const channel of channels) {
      const sample = channel[i]!;
      if (!Number.isFinite(sample))
        throw new UnreadableMedia('damaged', `expected finite samples, got ${sample} for sample ${i + 1}`);
      sum += sample * (sample < 0 ? negative : positive);
    }
    mono[i] = Math.max(-32_768, Math.min(32_767, Math.round(sum / channels.length)));
  }
  return mono;
}

const tooLong = (): UnreadableMedia =>
  new UnreadableMedia(
    'too_long',
    `expected at most ${maxAudioSamples} samples, got more; cut it into pieces`,
  );

const damaged = (encoding: AudioEncoding, reason: string): UnreadableMedia =>
  new UnreadableMedia(
    'damaged',
    `expected a whole ${encoding.toUpperCase()} file, got one that is not: ${reason}`,
  );

function fromWav(bytes: Uint8Array): DecodedAudio {
  const header = readWavHeader(bytes);
  if (header.frames > maxAudioSamples) throw tooLong();
  let decoded: ReturnType<typeof decodeWav>;
  try {
    decoded = decodeWav(bytes);
  } catch (error) {
    throw damaged('wav', error instanceof RangeError ? 'its blocks end too early' : (error as Error).message);
  }
  const { channelData, sampleRate } = decoded;
  const bits = header.integerBits;
  const scale = bits === null ? even : { positive: largest(bits), negative: 32_768 };
  return { sampleRate, samples: toMono(channelData, scale), channels: header.channels, encoding: 'wav' };
}

async function withDecoder(
  decoder: Decoder,
  encoding: AudioEncoding,
  bytes: Uint8Array,
): Promise<DecodedAudio> {
  const parts: Int16Array[] = [];
  let length = 0;
  let sampleRate = 0;
  let channels = 0;
  const take = (decoded: Decoded): void => {
    const [error] = decoded.errors;
    if (error !== undefined) throw damaged(encoding, error.message);
    const { bitDepth } = decoded;
    // libFLAC's samples are divided by the largest one, on both sides of zero.
    const scale =
      encoding === 'flac' && bitDepth !== undefined
        ? { positive: largest(bitDepth), negative: largest(bitDepth) }
        : even;
    const samples = toMono(decoded.channelData, scale);
    if (samples.length === 0) return;
    if (sampleRate !== 0 && (sampleRate !== decoded.sampleRate || channels !== decoded.channelData.length))
      throw new UnreadableMedia(
        'wrong_header',
        'expected one rate and number of channels, got a change between',
      );
    ({ sampleRate } = decoded);
    channels = decoded.channelData.length;
    parts.push(samples);
    length += samples.length;
    if (length > maxAudioSamples) throw tooLong();
  };
  try {
    await decoder.ready;
    for (let at = 0; at < bytes.length; at += pieceBytes)
      take(await decoder.decode(bytes.subarray(at, at + pieceBytes)));
    if (decoder.flush !== undefined) take(await decoder.flush());
  } catch (error) {
    throw error instanceof UnreadableMedia ? error : damaged(encoding, (error as Error).message);
  } finally {
    decoder.free();
  }
  const samples = new Int16Array(length);
  let at = 0;
  for (const part of parts) {
    samples.set(part, at);
    at += part.length;
  }
  return { sampleRate, samples, channels, encoding };
}

/** Samples of each channel that a FLAC file says it has (RFC 9639, section 8.2); 0: it does not say. */
function flacSamples(bytes: Uint8Array): number {
  if (bytes.length < 26)
    throw new UnreadableMedia('truncated', 'expected a FLAC header, got its first bytes');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return (view.getUint8(21) & 0x0f) * 2 ** 32 + view.getUint32(22);
}

/** Channels by the first frame of an MP3 file, after an ID3v2 tag: its decoder always makes two. */
function mp3Channels(bytes: Uint8Array): 1 | 2 {
  // The tag's length is in four bytes of seven bits.
  const tagBytes = startsWith(bytes, 'ID3')
    ? 10 + [6, 7, 8, 9].reduce((sum, at) => sum * 128 + ((bytes[at] ?? 0) & 0x7f), 0)
    : 0;
  for (let at = tagBytes; at + 3 < bytes.length; at++)
    if (bytes[at] === 0xff && (bytes[at + 1]! & 0xe6) === 0xe2) return bytes[at + 3]! >> 6 === 3 ? 1 : 2;
  return 2;
}

/** Samples that an Opus file has by its last page (RFC 7845, section 4): what is decoded beyond is filling. */
function opusSamples(bytes: Buffer): number {
  const head = bytes.indexOf('OpusHead');
  const page = bytes.lastIndexOf('OggS');
  if (head + 12 > bytes.length || page + 14 > bytes.length) return Infinity;
  const samples = Number(bytes.readBigInt64LE(page + 6)) - bytes.readUInt16LE(head + 10);
  return samples > 0 ? samples : Infinity;
}

const decoders: Record<AudioEncoding, (bytes: Uint8Array) => DecodedAudio | Promise<DecodedAudio>> = {
  wav: fromWav,
  flac: async (bytes) => {
    const said = flacSamples(bytes);
    if (said > maxAudioSamples) throw tooLong();
    const audio = await withDecoder(new FLACDecoder(), 'flac', bytes);
    if (said !== 0 && audio.samples.length !== said)
      throw new UnreadableMedia(
        'truncated',
        `expected ${said} samples as the header says, got ${audio.samples.length}`,
      );
    return audio;
  },
  mp3: async (bytes) => {
    const audio = await withDecoder(new MPEGDecoder(), 'mp3', bytes);
    return { ...audio, channels: mp3Channels(bytes) };
  },
  ogg: async (bytes) => {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const first = buffer.toString('latin1', 0, 512);
    if (first.includes('OpusHead')) {
      const audio = await withDecoder(new OggOpusDecoder(), 'ogg', bytes);
      return { ...audio, samples: audio.samples.slice(0, opusSamples(buffer)) };
    }
    if (first.includes('\x01vorbis')) return withDecoder(new OggVorbisDecoder(), 'ogg', bytes);
    throw new UnreadableMedia(
      'unknown_format',
      'expected Vorbis or Opus in the OGG file, got something else',
    );
  },
};

/**
 * Throws UnreadableMedia: `unknown_format`, `wrong_header`, `truncated`, `damaged`, `empty_audio`, `too_long`.
 */
export async function decodeAudio(bytes: Uint8Array): Promise<DecodedAudio> {
  if (bytes.length === 0) throw new UnreadableMedia('empty_audio', 'expected a recording, got 0 bytes');
  const encoding = audioEncoding(bytes);
  if (encoding === null)
    throw new UnreadableMedia('unknown_format', 'expected WAV, FLAC, MP3 or OGG, got something else');
  const audio = await decoders[encoding](bytes);
  if (audio.samples.length === 0)
    throw new UnreadableMedia('empty_audio', 'expected at least one sample, got none');
  if (audio.sampleRate < minSampleRate || audio.sampleRate > maxSampleRate)
    throw new UnreadableMedia(
      'wrong_header',
      `expected a sample rate of ${minSampleRate} to ${maxSampleRate} Hz, got ${audio.sampleRate}`,
    );
  return audio;
}
