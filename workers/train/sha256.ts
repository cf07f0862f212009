/** SHA-256 of bytes in several parts, as the engine's files ask for it. */
import { createHash } from 'node:crypto';

/** Node's hashes refuse pieces of 2 GiB. */
const mostAtOnce = 2 ** 30;

export const sha256 = (parts: readonly Uint8Array[], bytesAtOnce = mostAtOnce): Uint8Array => {
  const hash = createHash('sha256');
  for (const part of parts)
    for (let start = 0; start < part.length; start += bytesAtOnce)
      hash.update(part.subarray(start, start + bytesAtOnce));
  return hash.digest();
};
