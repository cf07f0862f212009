/** The weights of a model version, as the train worker leaves them beside its file. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { decodeBlocks } from '../../../engine/training/checkpoint-file.ts';
import { NotDerivable } from './not-derivable.ts';

export interface StoredWeights {
  /** [P] */
  readonly parameters: Float32Array;
  /** What was fitted on the training part. */
  readonly fitted: object;
  /** What the exported file has beside; absent of versions that were trained before it was kept. */
  readonly exported?: { readonly calibration?: number[][] };
}

/** Throws CheckpointError for damaged ones. */
export async function readWeights(path: string): Promise<StoredWeights> {
  const { header, blocks } = decodeBlocks(await readFile(path), (parts) => {
    const hash = createHash('sha256');
    for (const part of parts) hash.update(part);
    return hash.digest();
  });
  const { about } = header as { about?: Partial<StoredWeights> };
  const { parameters } = blocks;
  if (parameters === undefined || about?.fitted === undefined)
    throw new NotDerivable('its weights have no features beside them');
  return { parameters, fitted: about.fitted, ...(about.exported && { exported: about.exported }) };
}
