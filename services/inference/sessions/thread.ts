/**
 * The body of a session thread. ONNX Runtime's `run` blocks the thread that calls it, so sessions live here, off the
 * event loop of the HTTP server. One request at a time, in the order of arrival.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { NotDerivable } from '../derived/not-derivable.ts';
import type { ThreadAnswer, ThreadMessage, ThreadSettings } from './messages.ts';
import { answerSessionRequests } from './session-requests.ts';

const port = parentPort;
if (port === null) throw new Error('internal: a session thread has no parent');
const handle = answerSessionRequests(workerData as ThreadSettings);

let last = Promise.resolve();
port.on('message', (message: ThreadMessage) => {
  if (message === 'end') {
    last = last.then(() => port.close());
    return;
  }
  const { id, request } = message;
  last = last
    .then(async (): Promise<ThreadAnswer> => {
      return { id, ...(await handle(request)) };
    })
    .catch((error: unknown): ThreadAnswer => ({
      id,
      error: error instanceof Error ? error.message : String(error),
      isNotDerivable: error instanceof NotDerivable,
    }))
    .then((answer) => {
      port.postMessage(answer);
    });
});
