/** What is asked of whoever holds sessions, on a thread of its own or on the event loop, and how it is done. */
import { beamSearch } from '../../../engine/decoding/beam-search.ts';
import type { Decoder } from '../../../engine/decoding/decoder.ts';
import { fileDecoder } from '../../../engine/decoding/file-decoder.ts';
import { greedy } from '../../../engine/decoding/greedy.ts';
import { sampleTexts } from '../../../engine/decoding/sample-texts.ts';
import { openSession, type Session } from '../../../engine/runtime/session.ts';
import type {
  Done,
  FoundSequences,
  Reading,
  Search,
  ThreadOutputs,
  ThreadRequest,
  ThreadSettings,
} from './messages.ts';
import { warmUpFeeds } from './warm-up.ts';

type Output = ThreadOutputs[keyof ThreadOutputs];

/** Answers requests with sessions that it keeps by the model's key. A run blocks the calling thread. */
export function answerSessionRequests({
  intraOpThreads,
}: ThreadSettings): (request: ThreadRequest) => Promise<Done<Output>> {
  const sessions = new Map<string, Session>();
  const decoders = new Map<string, { readonly decoder: Decoder; readonly sessions: readonly Session[] }>();

  const sessionOf = (key: string): Session => {
    const session = sessions.get(key);
    if (session === undefined) throw new Error(`internal: ${key} is not loaded`);
    return session;
  };

  const handle = async (request: ThreadRequest): Promise<Output> => {
    switch (request.kind) {
      case 'load': {
        const session = await openSession(await fileOf(request), { threads: intraOpThreads });
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
      case 'sample':
        return sampleTexts(sessionOf(request.key), request.prompts, request.sampling);
      case 'run':
        return sessionOf(request.key).runTensors(request.feeds);
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
  };

  return async (request) => {
    const startedAt = performance.now();
    const output = await handle(request);
    return { output, tookMs: performance.now() - startedAt };
  };
}

/** Where the file lies, or its bytes. What makes one is loaded when it is first needed. */
async function fileOf({
  path,
  derivation,
}: Extract<ThreadRequest, { kind: 'load' }>): Promise<string | Uint8Array> {
  if (derivation === undefined) return path;
  const { deriveFile } = await import('../derived/derive-file.ts');
  return deriveFile(path, derivation);
}

async function search(decoder: Decoder, read: Reading, o: Search): Promise<FoundSequences> {
  if (o.width > 1) return beamSearch(decoder, o, read, o);
  return (await greedy(decoder, o, read, o.maxLength)).map((written) => [written]);
}
