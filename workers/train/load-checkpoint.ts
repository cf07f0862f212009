/** Where an attempt goes on: the newest checkpoint that can be used. */
import { CheckpointError } from '../../engine/training/checkpoint-file.ts';
import { decodeCheckpoint, type Checkpoint } from '../../engine/training/checkpoint.ts';
import type { DamagedCheckpoint, TrainOrder } from './protocol.ts';
import { readWholeFile } from './read-whole-file.ts';
import { sha256 } from './sha256.ts';

type Candidates = TrainOrder['checkpoints']['resumeFrom'];

/**
 * Undefined: from the start.
 * @param check - throws CheckpointError when it is of another training
 */
export async function loadCheckpoint(
  candidates: Candidates,
  check: (checkpoint: Checkpoint) => void,
  onDamaged: (damaged: DamagedCheckpoint) => void,
): Promise<Checkpoint | undefined> {
  for (const { id, path } of candidates) {
    try {
      const { checkpoint } = decodeCheckpoint(await readWholeFile(path), sha256);
      check(checkpoint);
      return checkpoint;
    } catch (error) {
      if (!isDamage(error)) throw error;
      onDamaged({ id, reason: error.message });
    }
  }
  return undefined;
}

/** A file that is gone or that the disk can't read, or bytes that were not written so. */
const isDamage = (error: unknown): error is Error =>
  error instanceof CheckpointError ||
  (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EIO'));
