/** Entry of the ingest child process: a file that brings the reader down takes nothing else with it. */
import { ingestUpload } from '../../datasets/formats/ingest-upload.ts';
import { report, serveWorker } from '../runtime/child-entry.ts';
import type { IngestOrder, IngestReport } from './protocol.ts';

const send = (message: IngestReport): Promise<void> => report(message);

serveWorker(async (order) => {
  try {
    await send({ type: 'finished', result: await ingestUpload(order as IngestOrder) });
  } catch (error) {
    await send({
      type: 'failed',
      code: error instanceof Error && 'code' in error ? String(error.code) : null,
      log: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }
});
