/**
 * The body of a session thread. ONNX Runtime's `run` blocks the thread that calls it, so sessions live here, off the
 * event loop of the HTTP server. One request at a time, in the order of arrival.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { openSession, type Session } from '../../../engine/runtime/session.ts';
import type {
  ThreadAnswer,
  ThreadMessage,
  ThreadOutputs,
  ThreadRequest,
  ThreadSettings,
} from './messages.ts';
import { warmUpFeeds } from './warm-up.ts';

const port = parentPort;
if (port === null) throw new Error('internal: a session thread has no parent');
const { intraOpThreads } = workerData as ThreadSettings;
const sessions = new Map<string, Session>();

async function handle(request: ThreadRequest): Promise<ThreadOutputs[keyof ThreadOutputs]> {
  switch (request.kind) {
    case 'load': {
      const session = await openSession(request.path, { threads: intraOpThreads });
      sessions.set(request.key, session);
      // The first run plans memory and packs weights: nobody should wait for that. A file that takes no such input goes without.
      await session.runTensors(warmUpFeeds(session.signature)).catch(() => undefined);
      return session.signature;
    }
    case 'run': {
      const session = sessions.get(request.key);
      if (session === undefined) throw new Error(`internal: ${request.key} is not loaded`);
      return session.runTensors(request.feeds);
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
