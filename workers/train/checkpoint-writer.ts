/**
 * Decides when the training child writes a checkpoint, and writes it: every so many seconds, and at the ends of epochs as
 * long as writing takes less than a fiftieth of the time. One at a time: the next is written when the worker has taken the last.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { JobError } from '../../domain/training-jobs/training-job.ts';
import { encodeCheckpoint, type Checkpoint } from '../../engine/training/checkpoint.ts';
import { checkpointVersion } from '../../engine/training/checkpoint-file.ts';
import { errorFromException } from './job-errors.ts';
import type { WrittenCheckpoint } from './protocol.ts';
import { sha256 } from './sha256.ts';

export interface CheckpointWriter {
  /** Tells where training stands; it may be written now, while training waits. */
  reached(checkpoint: Checkpoint): void;
  /** Writes where training stands, unless that has been done. */
  writeLast(): void;
}

export interface CheckpointWriterOptions {
  readonly folder: string;
  readonly everySeconds: number;
  /** What else is to be known of the network: it goes into each file. */
  readonly about: object;
  /** Resolves when the worker has dealt with it. */
  readonly onWritten: (checkpoint: WrittenCheckpoint) => Promise<void>;
  readonly onFailed: (error: JobError) => void;
  /** Milliseconds. */
  readonly now: () => number;
}

/** Writing takes at most one in so many parts of the time. */
const leastShare = 50;
/** What a first write is taken to cost, in ms: a job of less than a tenth of a second has none. */
const guessedCost = 2;

export function checkpointWriter(o: CheckpointWriterOptions): CheckpointWriter {
  let latest: Checkpoint | undefined;
  let written: Checkpoint | undefined;
  let underWay = false;
  let cost = guessedCost;
  /** From the write to the worker's answer; its work counts too, though not for more than the usual time. */
  let roundTrip = 0;
  let lastAt = o.now();

  const hand = (path: string, { epochs: epoch, step, seconds: trainedSeconds, best }: Checkpoint): void => {
    const validationLoss = best?.loss ?? null;
    const formatVersion = checkpointVersion;
    underWay = true;
    const started = o.now();
    void o.onWritten({ path, formatVersion, epoch, step, validationLoss, trainedSeconds }).then(() => {
      underWay = false;
      roundTrip = o.now() - started;
    });
  };

  const write = (checkpoint: Checkpoint): void => {
    const started = o.now();
    written = checkpoint;
    const path = join(o.folder, `${randomUUID()}.checkpoint`);
    try {
      writeParts(path, encodeCheckpoint(checkpoint, o.about, sha256));
      hand(path, checkpoint);
    } catch (error) {
      rmSync(path, { force: true });
      o.onFailed(errorFromException(error));
    }
    lastAt = o.now();
    cost = lastAt - started;
  };

  const isDue = ({ sums }: Checkpoint): boolean => {
    if (underWay) return false;
    const since = o.now() - lastAt;
    const atMost = leastShare * cost;
    const everyMs = o.everySeconds * 1000;
    const endOfEpoch = sums.windows === 0;
    return since >= Math.max(atMost, endOfEpoch ? Math.min(leastShare * roundTrip, everyMs) : everyMs);
  };

  return {
    reached(checkpoint) {
      latest = checkpoint;
      if (isDue(checkpoint)) write(checkpoint);
    },
    writeLast() {
      if (latest !== undefined && latest !== written) write(latest);
    },
  };
}

/** The worker flushes the file when it takes it over. */
function writeParts(path: string, parts: readonly Uint8Array[]): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    for (const part of parts) for (let start = 0; start < part.length;) start += writeSync(file, part, start);
  } finally {
    closeSync(file);
  }
}
