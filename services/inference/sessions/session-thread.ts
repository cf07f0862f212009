/** A session thread as its owner sees it: requests with answers, and its end. */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { SHARE_ENV, Worker } from 'node:worker_threads';
import { UnrollError } from '../../../domain/errors/unroll-error.ts';
import type { Tensor } from '../../../engine/runtime/session.ts';
import { NotDerivable } from '../derived/not-derivable.ts';
import type {
  Done,
  Feeds,
  SessionPlace,
  ThreadAnswer,
  ThreadMessage,
  ThreadOutputs,
  ThreadRequest,
  ThreadSettings,
} from './messages.ts';

/**
 * A thread that is terminated in the middle of a run takes the process with it: ONNX Runtime's binding throws where nothing
 * catches. So it is left to end by itself, unless it takes longer than anybody would wait.
 */
const endsWithinMs = 15_000;

type Output = Done<ThreadOutputs[keyof ThreadOutputs]>;

/** `onEnd` is called once, when the thread is gone for whatever reason; all its requests are rejected by then. */
export function startSessionThread(
  entry: URL,
  settings: ThreadSettings,
  onEnd: (cause: Error) => void,
): SessionPlace {
  // ONNX Runtime reads the process's environment, which a thread can set only when it has no copy of its own.
  const worker = new Worker(entry, { workerData: settings, env: SHARE_ENV });
  const waiting = new Map<number, { resolve: (value: Output) => void; reject: (error: Error) => void }>();
  let nextId = 0;
  let ended: UnrollError | null = null;
  let cause: Error | null = null;

  worker.on('message', (answer: ThreadAnswer) => {
    const asker = waiting.get(answer.id);
    waiting.delete(answer.id);
    if ('error' in answer)
      asker?.reject(answer.isNotDerivable ? new NotDerivable(answer.error) : new Error(answer.error));
    else asker?.resolve(answer);
  });
  worker.on('error', (error: Error) => {
    cause = error;
  });
  worker.once('exit', (code) => {
    cause ??= new Error(`The session thread has ended with exit code ${code}`);
    ended = new UnrollError(
      'unavailable',
      'The thread that ran the model has ended; a new one takes its place',
      {
        cause,
      },
    );
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
    onEnd(cause);
  });

  const ask = (request: ThreadRequest): Promise<Output> =>
    new Promise((resolve, reject) => {
      if (ended !== null) {
        reject(ended);
        return;
      }
      const sent =
        'feeds' in request ? ({ ...request, feeds: ownBuffers(request.feeds) } as ThreadRequest) : request;
      const id = nextId++;
      waiting.set(id, { resolve, reject });
      const transfer =
        'feeds' in sent ? Object.values(sent.feeds).map(({ data }) => data.buffer as ArrayBuffer) : [];
      worker.postMessage({ id, request: sent } satisfies ThreadMessage, transfer);
    });
  return {
    ask: ask as SessionPlace['ask'],
    close: async () => {
      if (ended !== null) return;
      const exit = once(worker, 'exit');
      worker.postMessage('end' satisfies ThreadMessage);
      await Promise.race([exit, delay(endsWithinMs, undefined, { ref: false })]);
      await worker.terminate();
    },
  };
}

/** Tensors that lie inside a larger buffer (a request's body) get one of their own: theirs is not ours to give away. */
function ownBuffers(feeds: Feeds): Feeds {
  const isOwn = ({ data }: Tensor): boolean => data.byteLength === data.buffer.byteLength;
  if (Object.values(feeds).every(isOwn)) return feeds;
  return Object.fromEntries(
    Object.entries(feeds).map(([name, tensor]) => [
      name,
      isOwn(tensor) ? tensor : ({ data: tensor.data.slice(), dims: tensor.dims } as Tensor),
    ]),
  );
}
