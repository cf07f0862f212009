/** Archives for tests: written here so that they may be wrong in any way. */
import { buffer } from 'node:stream/consumers';
import { crc32, deflateRawSync } from 'node:zlib';
import { pack } from 'tar-stream';

export interface Entry {
  readonly name: string;
  readonly bytes: Buffer;
  /** Unix mode and type. */
  readonly mode?: number;
  /** What the header says instead of the truth. */
  readonly saysBytes?: number;
  readonly flags?: number;
  /** Of compression, as the header says it; what is there is deflated. */
  readonly method?: number;
}

export const entry = (name: string, bytes: Buffer | string): Entry => ({ name, bytes: Buffer.from(bytes) });

/** A ZIP archive (APPNOTE 6.3.10). */
export function zip(entries: readonly Entry[]): Buffer<ArrayBuffer> {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const {
    name,
    bytes,
    mode = 0o100644,
    saysBytes = bytes.length,
    flags = 0x800,
    method = 8,
  } of entries) {
    const path = Buffer.from(name);
    const data = deflateRawSync(bytes);
    const sizes = Buffer.alloc(26);
    sizes.writeUInt16LE(20, 0);
    sizes.writeUInt16LE(flags, 2);
    sizes.writeUInt16LE(method, 4);
    sizes.writeUInt32LE(crc32(bytes), 10);
    sizes.writeUInt32LE(data.length, 14);
    sizes.writeUInt32LE(saysBytes, 18);
    sizes.writeUInt16LE(path.length, 22);
    locals.push(Buffer.from('PK\x03\x04', 'latin1'), sizes, path, data);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE((mode << 16) >>> 0, 6);
    tail.writeUInt32LE(offset, 10);
    central.push(Buffer.from('PK\x01\x02\x14\x03', 'latin1'), sizes, tail, path);
    offset += 30 + path.length + data.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

/** A TAR archive; entries with a `link` are symbolic links. */
export async function tar(
  entries: readonly (Entry & { readonly link?: string })[],
): Promise<Buffer<ArrayBuffer>> {
  const archive = pack();
  for (const { name, bytes, link } of entries)
    if (link === undefined) archive.entry({ name }, bytes);
    else archive.entry({ name, type: 'symlink', linkname: link });
  archive.finalize();
  return Buffer.concat([await buffer(archive)]);
}
