/**
 * The body of a session thread. ONNX Runtime's `run` blocks the thread that calls it, so sessions live here, off the
 * event loop of the HTTP server. One request at a time, in the order of arrival.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { openSession, type Session } from '../../../engine/runtime/session.ts';
import type { Results, ThreadAnswer, ThreadMessage, ThreadRequest, ThreadSettings } from './messages.ts';

const port = parentPort;
if (port === null) throw new Error('internal: a session thread has no parent');
const { intraOpThreads } = workerData as ThreadSettings;
const sessions = new Map<string, Session>();

async function handle(request: ThreadRequest): Promise<Results | null> {
  switch (request.kind) {
    case 'load':
      sessions.set(request.key, await openSession(request.path, { threads: intraOpThreads }));
      return null;
    case 'run': {
      const session = sessions.get(request.key);
      if (session === undefined) throw new Error(`internal: ${request.key} is not loaded`);
      return session.run(request.feeds);
    }
    case 'drop': {
      const session = sessions.get(request.key);
      sessions.delete(request.key);
      await session?.release();
      return null;
    }
  }
}

let last = Promise.resolve();
port.on('message', ({ id, request }: ThreadMessage) => {
  last = last
    .then(() => handle(request))
    .then(
      (output): ThreadAnswer => ({ id, output }),
      (error: unknown): ThreadAnswer => ({
        id,
        error: error instanceof Error ? error.message : String(error),
      }),
    )
    .then((answer) => {
      port.postMessage(answer);
    });
});
