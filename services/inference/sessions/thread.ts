/**
 * The body of a session thread. ONNX Runtime's `run` blocks the thread that calls it, so sessions live here, off the
 * event loop of the HTTP server. One request at a time, in the order of arrival.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { beamSearch } from '../../../engine/decoding/beam-search.ts';
import type { Decoder } from '../../../engine/decoding/decoder.ts';
import { fileDecoder } from '../../../engine/decoding/file-decoder.ts';
import { greedy } from '../../../engine/decoding/greedy.ts';
import { openSession, type Session } from '../../../engine/runtime/session.ts';
import type {
  FoundSequences,
  Reading,
  Search,
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
const decoders = new Map<string, { readonly decoder: Decoder; readonly sessions: readonly Session[] }>();

async function handle(request: ThreadRequest): Promise<ThreadOutputs[keyof ThreadOutputs]> {
  switch (request.kind) {
    case 'load': {
      const session = await openSession(request.path, { threads: intraOpThreads });
      sessions.set(request.key, session);
      // The first run plans memory and packs weights: nobody should wait for that. A file that takes no such input goes without.
      await session.runTensors(warmUpFeeds(session.signature)).catch(() => undefined);
      return session.signature;
    }
    case 'load_decoder': {
      const { readingPath, stepPath, stepInputs } = request;
      const reading = await openSession(readingPath, { threads: intraOpThreads });
      try {
        const step = await openSession(stepPath, { threads: intraOpThreads });
        decoders.set(request.key, {
          decoder: fileDecoder({ reading, step, stepInputs }),
          sessions: [reading, step],
        });
      } catch (error) {
        await reading.release();
        throw error;
      }
      return reading.signature;
    }
    case 'search': {
      const loaded = decoders.get(request.key);
      if (loaded === undefined) throw new Error(`internal: ${request.key} is not loaded`);
      return search(loaded.decoder, request.feeds, request.search);
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
      const decoder = decoders.get(request.key);
      decoders.delete(request.key);
      for (const one of decoder?.sessions ?? []) await one.release();
      return null;
    }
  }
}

async function search(decoder: Decoder, read: Reading, o: Search): Promise<FoundSequences> {
  if (o.width > 1) return beamSearch(decoder, o, read, o);
  return (await greedy(decoder, o, read, o.maxLength)).map((written) => [written]);
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
