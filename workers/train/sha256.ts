/** SHA-256 of bytes in several parts, as the engine's files ask for it. */
import { createHash } from 'node:crypto';
import type { Sha256 } from '../../engine/training/checkpoint-file.ts';

export const sha256: Sha256 = (parts) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};
