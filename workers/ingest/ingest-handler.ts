/**
 * Turns an upload into a table: reads it in a child process, stores the Parquet, and writes what came of it.
 *
 *   validating → ready (with table and profile) | rejected (with problems)
 *
 * It may run twice for the same dataset, also at the same time: both write the same table, and the row takes the first
 * answer. Whoever comes too late leaves nothing behind that the row does not name.
 */
import { join } from 'node:path';
import type { IngestResult } from '../../datasets/formats/ingest.ts';
import type { Dataset, DatasetProblem } from '../../domain/datasets/dataset.ts';
import type { DatasetRepository } from '../../domain/ports/dataset-repository.ts';
import type { ObjectStorage } from '../../domain/ports/object-storage.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import { startChild } from '../runtime/child-process.ts';
import { causeOf, describeExit } from '../runtime/failure-cause.ts';
import type { Handler, Outcome } from '../runtime/outcome.ts';
import { overOutages, type Write } from '../runtime/persist.ts';
import type { WorkDirectory } from '../runtime/work-directory.ts';
import type { IngestOrder, IngestReport } from './protocol.ts';

export interface IngestParts {
  readonly datasets: Pick<DatasetRepository, 'find' | 'markReady' | 'markRejected'>;
  readonly storage: Pick<ObjectStorage, 'localPath' | 'putFile' | 'delete'>;
  readonly work: Pick<WorkDirectory, 'create'>;
  readonly log: Logger;
  /** Throws while PostgreSQL does not answer. */
  readonly checkDatabase: () => Promise<void>;
  /** The compiled entry of the ingest child. */
  readonly child: URL;
  readonly heapMegabytes: number;
  /** What a compressed upload may hold. */
  readonly maxUnpackedBytes: number;
}

/** A reader that fails for no fault of the file is tried so often. */
const maxTries = 3;

export const createIngestHandler =
  (parts: IngestParts): Handler =>
  async (id, signal) => {
    const log = parts.log.child({ datasetId: id });
    const write = overOutages({ signal, checkDatabase: parts.checkDatabase, log });
    const dataset = await write(() => parts.datasets.find(id));
    if (dataset?.status !== 'validating') return { status: 'done' };

    for (let attempt = 1; ; attempt++) {
      const folder = await parts.work.create();
      try {
        const tablePath = join(folder.path, 'table.parquet');
        const result = await read(parts, dataset, { tablePath, workDirectory: folder.path }, signal);
        return result.status === 'ready'
          ? await keepTable(parts, dataset, tablePath, result, write)
          : await reject(parts, id, result, write);
      } catch (err) {
        if (signal.aborted) return { status: 'retry', afterMs: 0, reason: 'the worker is stopping' };
        const now = await write(() => parts.datasets.find(id));
        if (now?.status !== 'validating') return { status: 'done' }; // its files may be gone: it was deleted
        log.error({ err, attempt }, 'reading the upload failed');
        if (attempt === maxTries) return await reject(parts, id, unreadable(err), write);
      } finally {
        await folder.remove();
      }
    }
  };

/** Throws when the file could not be read for a reason that may not be its own. */
async function read(
  parts: IngestParts,
  dataset: Dataset,
  paths: { tablePath: string; workDirectory: string },
  signal: AbortSignal,
): Promise<IngestResult> {
  const source = await parts.storage.localPath(dataset.sourceKey);
  try {
    const heard: { report?: IngestReport } = {};
    const child = startChild<IngestOrder>({
      entry: parts.child,
      heapMegabytes: parts.heapMegabytes,
      onReport(report) {
        heard.report = report as IngestReport;
      },
    });
    const onStop = (): void => void child.kill();
    if (signal.aborted) onStop();
    signal.addEventListener('abort', onStop);
    const { format, reading, onBadRows } = dataset;
    const { maxUnpackedBytes } = parts;
    child.send({ sourcePath: source.path, format, reading, onBadRows, maxUnpackedBytes, ...paths });
    const exit = await child.ended;
    signal.removeEventListener('abort', onStop);

    const { report: ended } = heard;
    if (ended?.type === 'finished') return ended.result;
    if (ended?.type === 'failed') throw new IngestError(ended.log, ended.code);
    throw new IngestError(`the reader ended: ${describeExit(exit)}`, null);
  } finally {
    await source.release();
  }
}

class IngestError extends Error {
  override readonly name = 'IngestError';
  readonly code: string | null;
  constructor(message: string, code: string | null) {
    super(message);
    this.code = code;
  }
}

async function keepTable(
  parts: IngestParts,
  { id }: Dataset,
  tablePath: string,
  result: Extract<IngestResult, { status: 'ready' }>,
  write: Write,
): Promise<Outcome> {
  const tableKey = `datasets/${id}/table.parquet`;
  await parts.storage.putFile(tableKey, tablePath);
  const { rowCount, columns, problems, problemCount } = result;
  const ready = { tableKey, rowCount, columns, problems, problemCount };
  if (await write(() => parts.datasets.markReady(id, ready))) return { status: 'done' };
  // Deleted or rejected meanwhile; or ready, by another delivery or an earlier try, and the table is in use.
  const now = await write(() => parts.datasets.find(id));
  if (now?.tableKey !== tableKey) await parts.storage.delete(tableKey);
  return { status: 'done' };
}

async function reject(
  parts: IngestParts,
  id: string,
  result: { problems: readonly DatasetProblem[]; problemCount: number },
  write: Write,
): Promise<Outcome> {
  const { problems, problemCount } = result;
  await write(() => parts.datasets.markRejected(id, { problems, problemCount }));
  return { status: 'failed', reason: problems[0]?.code ?? 'rejected' };
}

function unreadable(error: unknown): { problems: DatasetProblem[]; problemCount: number } {
  const full = causeOf(error) === 'storage_full';
  const problem: DatasetProblem = {
    row: null,
    column: null,
    code: full ? 'storage_full' : 'unreadable',
    message: full
      ? 'there was no space left to store the table; make space, then upload the file again'
      : 'the file could not be read; it may be too large for the memory of the worker, whose log has the cause',
  };
  return { problems: [problem], problemCount: 1 };
}
