/**
 * How much memory a training takes for its rows while there are more and more of them: recordings that are read as they are, of an archive that was uploaded, each size in a
 * process of its own.
 */
import { execFile } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { pack } from 'tar-stream';
import { ingestUpload } from '../datasets/formats/ingest-upload.ts';

const run = promisify(execFile);
const child = fileURLToPath(new URL('rows-child.ts', import.meta.url));
const seconds = 1;
const sampleRate = 16_000;
const recordingBytes = 2 * seconds * sampleRate;
const headerBytes = 44;

/** Noise of one channel as a WAV file of 16 bits. */
function noise(): Buffer {
  const file = randomFillSync(Buffer.alloc(headerBytes + recordingBytes), headerBytes);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(file.length - 8, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(sampleRate, 24);
  file.writeUInt32LE(2 * sampleRate, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(recordingBytes, 40);
  return file;
}

async function writeArchive(path: string, rows: number): Promise<void> {
  const archive = pack();
  const written = pipeline(archive, createWriteStream(path));
  const add = (name: string, bytes: Buffer | string) =>
    new Promise<void>((resolve, reject) => {
      archive.entry({ name }, bytes, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  const labels = Array.from({ length: rows }, (_, row) => `${row}.wav,${row % 7}.5`);
  await add('metadata.csv', ['file_name,y', ...labels].join('\n'));
  for (let row = 0; row < rows; row++) await add(`${row}.wav`, noise());
  archive.finalize();
  await written;
}

async function writeRecordings(folder: string, rows: number): Promise<string> {
  const [sourcePath, tablePath] = [join(folder, 'recordings.tar'), join(folder, 'table.parquet')];
  await writeArchive(sourcePath, rows);
  const result = await ingestUpload({
    sourcePath,
    format: 'tar',
    reading: {},
    tablePath,
    workDirectory: folder,
    onBadRows: 'reject',
    maxUnpackedBytes: 64 * 1024 ** 3,
  });
  if (result.status !== 'ready') throw new Error(JSON.stringify(result.problems[0]));
  await rm(sourcePath);
  return tablePath;
}

export async function rows(args: string[]): Promise<void> {
  const json = args.includes('--json');
  const at = args.indexOf('--rows');
  const sizes = at === -1 ? [4000, 8000, 16_000] : [Number(args[at + 1])];
  if (!json) console.log('recordings | samples MB | steps MB | prepared s | grew by MB | a batch of 32 ms');
  for (const size of sizes) {
    const folder = await mkdtemp(join(tmpdir(), 'unroll-rows-'));
    try {
      const table = await writeRecordings(folder, size);
      const { stdout } = await run(process.execPath, [...process.execArgv, child, table, folder]);
      const found = JSON.parse(stdout) as {
        readonly steps_mb: number;
        readonly prepared_s: number;
        readonly grew_mb: number;
        readonly batch_ms: number;
      };
      const row = { recordings: size, samples_mb: (size * recordingBytes) / 1e6, ...found };
      console.log(json ? JSON.stringify(row) : Object.values(row).map(String).join(' | '));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}
