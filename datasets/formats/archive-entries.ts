/**
 * The files of a ZIP or TAR archive. Nothing is ever written under a name that the archive gives: names are only compared.
 * Whatever could lead elsewhere (absolute names, «..», links) refuses the archive, as does more than is allowed.
 */
import type { ProblemCode } from '../../domain/datasets/problem-hints.ts';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { buffer } from 'node:stream/consumers';
import { extract } from 'tar-stream';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import { UnusableFile, excerpt, wholeFile } from './unusable-file.ts';

export interface ArchiveFile {
  /** With slashes, in Unicode's composed form (NFC): systems write the same name in different ones. */
  readonly name: string;
  readonly bytes: number;
  read(): Promise<Buffer>;
}

export interface Archive {
  readonly files: readonly ArchiveFile[];
  close(): void;
}

const maxEntries = 200_000;
/** Largest file in an archive: a recording or an image is held in memory while it is decoded. */
const maxFileBytes = 256 * 1024 * 1024;
const maxRatio = 1000;
const ratioFromBytes = 1024 * 1024;

const refuse = (code: ProblemCode, message: string): UnusableFile => wholeFile(code, message);

/** What file managers leave in archives, and what people put beside their data to be read. */
const isLitter = (name: string): boolean =>
  /(^|\/)(__MACOSX|\.[^/]*|Thumbs\.db|desktop\.ini)(\/|$)/i.test(name) ||
  /(^|\/)(README|LICEN[CS]E|COPYING|CITATION)(\.(md|txt|rst|cff))?$/i.test(name);

function checkedName(name: string): string {
  const parts = name.replaceAll('\\', '/').split('/');
  if (/^([A-Za-z]:)?[/\\]/.test(name) || /^[A-Za-z]:/.test(name) || parts.includes('..'))
    throw refuse('unsafe_path', `expected names below the archive's own folder, got "${excerpt(name)}"`);
  if (name.includes('\0')) throw refuse('unsafe_path', 'expected names without NUL characters, got one');
  return parts
    .filter((part) => part !== '' && part !== '.')
    .join('/')
    .normalize('NFC');
}

class Entries {
  readonly files: ArchiveFile[] = [];
  private readonly names = new Set<string>();
  private count = 0;
  private bytes = 0;
  private readonly maxBytes: number;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** The name under which a file is taken in; null: it is litter. */
  admit(name: string, bytes: number): string | null {
    this.count += 1;
    if (this.count > maxEntries)
      throw refuse('too_many_files', `expected at most ${maxEntries} entries, got more`);
    const checked = checkedName(name);
    if (isLitter(checked) || checked === '') return null;
    if (this.names.has(checked))
      throw refuse(
        'duplicate_file',
        `expected each name once in the archive, got "${excerpt(checked)}" twice`,
      );
    this.names.add(checked);
    if (bytes > maxFileBytes)
      throw refuse(
        'too_large_unpacked',
        `expected files of at most ${maxFileBytes} bytes, got ${bytes} for "${excerpt(checked)}"`,
      );
    this.bytes += bytes;
    if (this.bytes > this.maxBytes)
      throw refuse('too_large_unpacked', `expected at most ${this.maxBytes} bytes when unpacked, got more`);
    return checked;
  }
}

const linkMode = 0o120000;
const modeMask = 0o170000;
/** Methods of compression that are read (APPNOTE 6.3.10, section 4.4.5). */
const stored = 0;
const deflated = 8;

function openZip(path: string): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    yauzl.open(path, { autoClose: false, lazyEntries: true, validateEntrySizes: true }, (error, zip) => {
      if (error === null) resolve(zip);
      else reject(error);
    });
  });
}

function zipEntries(zip: ZipFile, take: (entry: Entry) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    zip.on('entry', (entry: Entry) => {
      try {
        take(entry);
        zip.readEntry();
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
    zip.on('end', resolve).on('error', reject);
    zip.readEntry();
  });
}

/** An entry's bytes; what its header says of its length has been checked, and the stream is held to it. */
async function readZipEntry(zip: ZipFile, entry: Entry): Promise<Buffer> {
  const stream = await new Promise<NodeJS.ReadableStream>((resolve, reject) => {
    zip.openReadStream(entry, (error, opened) => {
      if (error === null) resolve(opened);
      else reject(error);
    });
  });
  return buffer(stream);
}

async function readZip(path: string, maxBytes: number): Promise<Archive> {
  let zip: ZipFile | undefined;
  try {
    const opened = await openZip(path);
    zip = opened;
    const entries = new Entries(maxBytes);
    await zipEntries(opened, (entry) => {
      if (entry.fileName.endsWith('/')) return;
      if (((entry.externalFileAttributes >>> 16) & modeMask) === linkMode)
        throw refuse('symbolic_link', `expected files, got a symbolic link: "${excerpt(entry.fileName)}"`);
      const { uncompressedSize: bytes, compressedSize } = entry;
      if (bytes > ratioFromBytes && bytes > maxRatio * compressedSize)
        throw refuse(
          'too_large_unpacked',
          `expected at most ${maxRatio} bytes for one of the compressed file, got more for "${excerpt(entry.fileName)}"`,
        );
      const name = entries.admit(entry.fileName, bytes);
      if (name === null) return;
      if ((entry.generalPurposeBitFlag & 1) === 1)
        throw refuse('encrypted', `expected files without a password, got "${excerpt(name)}"`);
      if (entry.compressionMethod !== stored && entry.compressionMethod !== deflated)
        throw refuse(
          'unsupported_compression',
          `expected files that are stored or deflated, got method ${entry.compressionMethod} of ZIP for "${excerpt(name)}"`,
        );
      entries.files.push({ name, bytes, read: () => readZipEntry(opened, entry) });
    });
    return { files: entries.files, close: () => opened.close() };
  } catch (error) {
    zip?.close();
    if (error instanceof UnusableFile) throw error;
    const { message } = error as Error;
    throw /invalid (relative|characters|absolute)|absolute path/.test(message)
      ? refuse(
          'unsafe_path',
          `expected names below the archive's own folder, got another: ${excerpt(message)}`,
        )
      : refuse(
          'damaged_archive',
          `expected a whole ZIP archive, got one that is not: ${message.slice(0, 200)}`,
        );
  }
}

/** TAR has no table of contents: its files are laid out in `folder` under numbers. */
async function readTar(path: string, folder: string, maxBytes: number): Promise<Archive> {
  const entries = new Entries(maxBytes);
  const target = join(folder, 'entries');
  await mkdir(target);
  const archive = extract();
  try {
    const source = createReadStream(path);
    const feeding = pipeline(source, archive);
    feeding.catch(() => undefined);
    for await (const entry of archive) {
      const { name, type, size } = entry.header;
      if (type === 'symlink' || type === 'link')
        throw refuse('symbolic_link', `expected files, got a link: "${excerpt(name)}"`);
      const admitted = type === 'file' || type === 'contiguous-file' ? entries.admit(name, size) : null;
      if (admitted === null) {
        entry.resume();
        continue;
      }
      const file = join(target, String(entries.files.length));
      await pipeline(entry, createWriteStream(file));
      entries.files.push({ name: admitted, bytes: size, read: () => readFile(file) });
    }
    await feeding;
  } catch (error) {
    archive.destroy();
    if (error instanceof UnusableFile || (error as NodeJS.ErrnoException).code === 'ENOSPC') throw error;
    throw refuse(
      'damaged_archive',
      `expected a whole TAR archive, got one that is not: ${(error as Error).message.slice(0, 200)}`,
    );
  }
  return { files: entries.files, close: () => undefined };
}

/** Throws UnusableFile. `folder`: for what has to be laid out. */
export const openArchive = (
  kind: 'zip' | 'tar',
  o: { path: string; folder: string; maxBytes: number },
): Promise<Archive> => (kind === 'zip' ? readZip(o.path, o.maxBytes) : readTar(o.path, o.folder, o.maxBytes));
