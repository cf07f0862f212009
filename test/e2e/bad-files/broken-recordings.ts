/** Recordings whose header lies, and those of no samples. */
import { entry, zip } from '../../support/archives.ts';
import { wav, zipType, type BadFile, type Make } from './bad-file.ts';

/** The recording with another number in its header. */
function lyingWav(at: number, value: number, bytes: 2 | 4): Buffer {
  const copy = Buffer.from(wav);
  if (bytes === 2) copy.writeUInt16LE(value, at);
  else copy.writeUInt32LE(value, at);
  return copy;
}
const beside =
  (bytes: Buffer | string): Make =>
  () =>
    zip([entry('a.wav', wav), entry('b.wav', bytes)]);

export const brokenRecordings: readonly BadFile[] = [
  [
    'a WAV that says more than it holds',
    zipType,
    beside(wav.subarray(0, 900)),
    [2, 'audio', 'truncated', '"b.wav": expected 1600 bytes of samples as the header says, got 856'],
  ],
  [
    'a WAV of 2 GB, as it says',
    zipType,
    beside(lyingWav(40, 0x7fff_ffff, 4)),
    [2, 'audio', 'truncated', '"b.wav": expected 2147483647 bytes of samples as the header says, got 1600'],
  ],
  [
    'a WAV of no channels',
    zipType,
    beside(lyingWav(22, 0, 2)),
    [2, 'audio', 'wrong_header', '"b.wav": expected 1 to 64 channels, got 0'],
  ],
  [
    'a WAV of nine channels in two bytes',
    zipType,
    beside(lyingWav(22, 9, 2)),
    [2, 'audio', 'wrong_header', '"b.wav": expected blocks of 18 bytes (9 channels of 16 bits), got 2'],
  ],
  [
    'a WAV at four billion samples a second',
    zipType,
    beside(lyingWav(24, 4_000_000_000, 4)),
    [2, 'audio', 'wrong_header', '"b.wav": expected a sample rate of 1000 to 384000 Hz, got 4000000000'],
  ],
  [
    'a WAV whose format is four billion bytes',
    zipType,
    beside(lyingWav(16, 0xffff_ffff, 4)),
    [2, 'audio', 'wrong_header', '"b.wav": expected a format chunk of at least 16 bytes, got 4294967295'],
  ],
  [
    'a WAV of no samples',
    zipType,
    beside(lyingWav(40, 0, 4)),
    [2, 'audio', 'empty_audio', '"b.wav": expected at least one sample, got none'],
  ],
  [
    'a recording of no bytes',
    zipType,
    beside(''),
    [2, 'audio', 'empty_audio', '"b.wav": expected a recording, got 0 bytes'],
  ],
];
