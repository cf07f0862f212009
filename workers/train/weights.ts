/** The weights of a finished training in a file of their own, and those that another training begins with. */
import { writeFile } from 'node:fs/promises';
import { decodeBlocks, encodeBlocks, CheckpointError } from '../../engine/training/checkpoint-file.ts';
import { readWholeFile } from './read-whole-file.ts';
import { sha256 } from './sha256.ts';

export interface Weights {
  /** [P] */
  readonly parameters: Float32Array;
  /** What was fitted on the data that they were trained with: without it they mean something else. */
  readonly fitted: unknown;
}

export async function writeWeights(
  path: string,
  {
    parameters,
    ...about
  }: {
    parameters: Float32Array;
    fitted: object;
    /** What the exported file has beside these, for those who make others from the same weights. */
    exported?: object;
  },
): Promise<void> {
  const parts = encodeBlocks({ header: { about }, blocks: { parameters } }, sha256);
  await writeFile(path, parts);
}

/**
 * Of such a file, or the best so far of a checkpoint.
 * @throws CheckpointError
 */
export async function readWeights(path: string): Promise<Weights> {
  const { header, blocks } = decodeBlocks(await readWholeFile(path), sha256);
  const { about } = header as { about?: { fitted?: unknown } };
  const parameters = blocks.best ?? blocks.parameters;
  if (parameters === undefined) throw new CheckpointError('damaged', 'expected weights, got a file without');
  return { parameters, fitted: about?.fitted };
}
