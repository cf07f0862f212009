/**
 * A text that is written while it is read: one event for each token, and one with the whole in the end. Tokens are drawn as fast as the client takes them, and no further ones
 * once it has gone.
 */
import { Readable } from 'node:stream';
import { UnrollError } from '../../../../domain/errors/unroll-error.ts';
import { presentProblem } from '../../../http/problem.ts';
import type { ModelVersion } from '../../../../domain/models/model.ts';
import type { Feeds, Results } from '../../sessions/messages.ts';
import { generate, generatedText, readPrompts, type GeneratedToken, type Generation } from './generate.ts';
import { faultsOf } from './input-faults.ts';
import { refuseOtherOptions } from './options.ts';
import { refuseAll } from './refuse.ts';
import type { GeneratedText, PredictionRequest } from './schemas.ts';

const event = (name: string, data: object): string => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

/** Bytes that wait for the client at most, beside what its socket holds. */
const highWaterMark = 1024;

interface StreamOptions {
  /** Keeps what is open of the version until the answer is called. */
  readonly hold: () => () => void;
  /** The answer around the text. */
  readonly wholeOf: (text: GeneratedText) => object;
  readonly requestId: string;
  /** Whether the answer is to be kept by an Idempotency-Key, which streams are not. */
  readonly isKeyed: boolean;
  readonly onError: (error: unknown) => void;
}

/** Throws `validation_failed` where there is nothing to stream. */
export function streamPrediction(
  request: PredictionRequest,
  card: ModelVersion['card'],
  run: (feeds: Feeds) => Promise<Results>,
  options: StreamOptions,
): Readable {
  const refuse = (pointer: string, message: string) => refuseAll([{ pointer, message }]);
  if (card.task !== 'language_model')
    throw new UnrollError(
      'validation_failed',
      `expected Accept: application/json for a ${card.task}, whose answer is made in one piece, got text/event-stream`,
    );
  if (options.isKeyed)
    refuse(
      '/idempotency-key',
      'expected none with Accept: text/event-stream, got one; a seed draws the same text again',
    );
  if (request.inputs.length !== 1)
    refuse('/inputs', `expected one input with Accept: text/event-stream, got ${request.inputs.length}`);
  refuseOtherOptions(request, card.task);
  const faults = faultsOf(request);
  const [generation] = readPrompts(request, card, faults);
  refuseAll(faults.flat());
  return generationStream({
    ...options,
    generation: generation!,
    tokens: generate(generation!, request, card, run),
  });
}

/**
 * Events `token` {index, text, log_probability}, then `prediction` with what the answer would be without a stream, or `error` with a problem.
 */
export function generationStream(
  o: Omit<StreamOptions, 'isKeyed'> & {
    readonly generation: Generation;
    readonly tokens: AsyncGenerator<GeneratedToken>;
  },
): Readable {
  return Readable.from(events(o), { objectMode: false, highWaterMark });
}

async function* events(o: Parameters<typeof generationStream>[0]): AsyncGenerator<string> {
  const drawn: GeneratedToken[] = [];
  const letGo = o.hold();
  try {
    for await (const token of o.tokens) {
      if (token.text !== '')
        yield event('token', {
          index: drawn.length,
          text: token.text,
          log_probability: token.logProbability,
        });
      drawn.push(token);
    }
    yield event('prediction', o.wholeOf(generatedText(drawn, o.generation)));
  } catch (error) {
    // the status has been sent: what went wrong is the last event
    if (!(error instanceof UnrollError)) o.onError(error);
    const known =
      error instanceof UnrollError ? error : new UnrollError('internal', 'Something went wrong on this side');
    yield event('error', presentProblem(known, o.requestId));
  } finally {
    letGo();
  }
}
