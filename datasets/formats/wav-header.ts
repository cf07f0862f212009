/**
 * The header of a WAV file (RIFF, as in Microsoft's and IBM's «Multimedia Programming Interface and Data Specifications» 1.0),
 * checked against the bytes that are there: what a header says decides how much memory a decoder takes.
 */
import { UnreadableMedia } from './unreadable-media.ts';

interface WavHeader {
  readonly sampleRate: number;
  readonly channels: number;
  /** Samples of each channel; reckoned for PCM alone, an upper bound for compressed codings. */
  readonly frames: number;
  /** Bits of a sample of integers; null for other codings. */
  readonly integerBits: number | null;
}

/** Writers that cannot seek leave this as the length. */
const unknownLength = 0xffff_ffff;
const compressedCodings = [2, 0x11];
const integers = 1;
/** The coding stands further on (WAVE_FORMAT_EXTENSIBLE). */
const extensible = 0xfffe;

const wrong = (message: string): UnreadableMedia => new UnreadableMedia('wrong_header', message);

function chunkId(view: DataView, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((offset) => view.getUint8(at + offset)));
}

function codingOf(view: DataView, start: number, size: number): number {
  const coding = view.getUint16(start, true);
  return coding === extensible && size >= 26 ? view.getUint16(start + 24, true) : coding;
}

/** Throws UnreadableMedia: `wrong_header`, `truncated` or `empty_audio`. */
export function readWavHeader(bytes: Uint8Array): WavHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let format: {
    coding: number;
    channels: number;
    sampleRate: number;
    blockBytes: number;
    bits: number;
  } | null = null;
  for (let at = 12; at + 8 <= bytes.length;) {
    const id = chunkId(view, at);
    const size = view.getUint32(at + 4, true);
    const start = at + 8;
    if (id === 'fmt ') {
      if (size < 16 || start + size > bytes.length)
        throw wrong(`expected a format chunk of at least 16 bytes, got ${size}`);
      format = {
        coding: codingOf(view, start, size),
        channels: view.getUint16(start + 2, true),
        sampleRate: view.getUint32(start + 4, true),
        blockBytes: view.getUint16(start + 12, true),
        bits: view.getUint16(start + 14, true),
      };
    } else if (id === 'data') {
      if (format === null) throw wrong('expected a format chunk before the samples, got none');
      const available = bytes.length - start;
      if (size !== unknownLength && size > available)
        throw new UnreadableMedia(
          'truncated',
          `expected ${size} bytes of samples as the header says, got ${available}`,
        );
      const dataBytes = size === unknownLength ? available : size;
      const { coding, channels, sampleRate, blockBytes, bits } = format;
      if (channels < 1 || channels > 64) throw wrong(`expected 1 to 64 channels, got ${channels}`);
      if (blockBytes === 0) throw wrong('expected blocks of at least one byte, got 0');
      const compressed = compressedCodings.includes(coding);
      if (!compressed && blockBytes * 8 !== channels * bits)
        throw wrong(
          `expected blocks of ${(channels * bits) / 8} bytes (${channels} channels of ${bits} bits), got ${blockBytes}`,
        );
      const frames = compressed ? dataBytes * 2 : Math.floor(dataBytes / blockBytes);
      if (frames === 0) throw new UnreadableMedia('empty_audio', 'expected at least one sample, got none');
      return { sampleRate, channels, frames, integerBits: coding === integers ? bits : null };
    }
    // Chunks start at even places.
    at = start + size + (size % 2);
  }
  throw format === null
    ? wrong('expected a format chunk, got none')
    : new UnreadableMedia('empty_audio', 'expected samples after the header, got none');
}
