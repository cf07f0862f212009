/**
 * Streams: a model version held open, whose network goes on from step to step.
 *
 *   open → (step | step …) → closed by its owner, or expired
 *
 * What a stream remembers is in the store alone, so any replica serves the next step. A step reads it, runs the model, and writes what comes of it only
 * if nobody has written in between; whoever comes second reads again and goes on from there, or is told where the stream stands if its request
 * names a position. Steps of one stream that come to one process wait for each other. Nothing is written of a step that fails.
 */
import { UnrollError } from '../../../domain/errors/unroll-error.ts';
import { chooseTarget } from '../../../domain/models/model-alias.ts';
import type { ModelVersion } from '../../../domain/models/model.ts';
import type { StoredStream, StreamModel, StreamStore } from '../../../domain/ports/stream-store.ts';
import type { Execution, RunOptions } from '../execution.ts';
import type { ModelDirectory } from '../models/model-directory.ts';
import type { StepsAnswer, StepsRequest } from '../routes/streams/schemas.ts';
import type { StreamMetrics } from './stream-metrics.ts';
import { decodeState, encodeState } from './stream-state.ts';
import type { Stepped, Stepper } from './stepper.ts';
import { stepperOf } from './steppers.ts';

export interface Streams {
  /** Throws `not_found`, `validation_failed` for a model that can't, `overloaded`, `unavailable`. */
  open(reference: string, options: { ttlSeconds?: number | undefined }): Promise<StoredStream>;
  /** Throws `not_found`. */
  find(id: string): Promise<StoredStream>;
  /** Throws `stream_conflict`, `stream_lost`, `not_found`, and as running a model does. */
  step(id: string, request: StepsRequest, options?: RunOptions): Promise<StepsAnswer>;
  /** Whether there is one or not, there is none afterwards. */
  close(id: string): Promise<void>;
}

export interface StreamParts {
  readonly store: StreamStore;
  readonly directory: Pick<ModelDirectory, 'find' | 'recall'>;
  readonly execution: Pick<Execution, 'run' | 'signature' | 'holding'>;
  readonly metrics: Pick<StreamMetrics, 'observe'>;
  readonly newId: (prefix: 'str') => string;
  readonly ttlSeconds: number;
  readonly maxStateBytes: number;
}

/** How often a step is done again because others write to the same stream. */
const mostAttempts = 20;
/** Steps of one stream that may wait for each other in one process. */
const mostWaiting = 100;

export function createStreams(parts: StreamParts): Streams {
  const { store, directory, execution, metrics, maxStateBytes } = parts;
  const inTurn = takeTurns();

  const route = async (reference: string) => directory.recall(reference) ?? (await directory.find(reference));

  /** The pinned version. Throws `stream_lost` when it was deleted. */
  const versionOf = async ({ modelId, name, version }: StreamModel): Promise<ModelVersion> => {
    try {
      return (await route(`${modelId}@${version}`)).targets[0]!.version;
    } catch (error) {
      if (!(error instanceof UnrollError) || error.code !== 'not_found') throw error;
      throw new UnrollError('stream_lost', `The version ${name}@${version} of this stream was deleted`);
    }
  };

  const found = async (id: string): Promise<StoredStream> => {
    const stream = await store.find(id);
    if (stream === null) throw new UnrollError('not_found', `There is no stream ${id}; it may have expired`);
    return stream;
  };

  const step = async (id: string, request: StepsRequest, options: RunOptions): Promise<StepsAnswer> => {
    for (let attempt = 0; attempt < mostAttempts; attempt++) {
      const stream = await found(id);
      checkPosition(request, stream);
      const version = await versionOf(stream.model);
      const stepper = mustStep(version);
      const startedAt = performance.now();
      try {
        const model = stepper.model(version, version.card);
        const before = stream.state.length === 0 ? { tensors: {} } : decodeState(stream.state);
        const stepped = await execution.holding(model, () =>
          stepper.step(request, version.card, before, (feeds) => execution.run(model, feeds, options)),
        );
        const state = encodeState(stepped.state);
        checkSize(state.length, maxStateBytes);
        const position = stream.position + stepped.steps;
        const outcome = await store.write(stream, { position, state });
        if (outcome.kind === 'gone')
          throw new UnrollError('not_found', `The stream ${id} was closed meanwhile`);
        if (outcome.kind === 'changed') continue;
        metrics.observe(stream.model, 'answered', startedAt, stepped.steps);
        return present(id, position, outcome.expiresAt, stepped);
      } catch (error) {
        metrics.observe(stream.model, 'failed', startedAt, 0);
        throw error;
      }
    }
    const { position } = await found(id);
    throw conflict('expected a moment without other writers, got too many of them', position);
  };

  return {
    open: async (reference, { ttlSeconds = parts.ttlSeconds }) => {
      const version = chooseTarget(await route(reference), Math.random());
      const stepper = mustStep(version);
      checkSize(stepper.stateBytes(version.card), maxStateBytes);
      // The file is made and opened now: nobody's first step waits for it, and what can't be made is told here.
      await execution.signature(stepper.model(version, version.card));
      const { modelId, name, version: number } = version;
      return store.open({
        id: parts.newId('str'),
        model: { modelId, name, version: number },
        ttlMs: 1000 * Math.min(ttlSeconds, parts.ttlSeconds),
      });
    },
    find: found,
    step: (id, request, options = {}) => inTurn(id, () => step(id, request, options)),
    close: async (id) => {
      const stream = await store.find(id);
      if (stream !== null) await store.remove(stream);
    },
  };
}

/** Throws `validation_failed` for a model that can't be driven step by step. */
function mustStep(version: ModelVersion): Stepper<ModelVersion['card']> {
  const stepper = stepperOf(version);
  if (typeof stepper !== 'string') return stepper;
  throw new UnrollError(
    'validation_failed',
    `${version.name}@${version.version} has no streams: ${stepper}`,
    {
      errors: [{ pointer: '/ref', message: stepper }],
    },
  );
}

function checkPosition({ position }: StepsRequest, stream: StoredStream): void {
  if (position === undefined || position === stream.position) return;
  throw conflict(`expected ${stream.position}, where the stream stands, got ${position}`, stream.position);
}

const conflict = (message: string, position: number): UnrollError =>
  new UnrollError('stream_conflict', message, { errors: [{ pointer: '/position', message }], position });

function checkSize(bytes: number, most: number): void {
  if (bytes > most)
    throw new UnrollError(
      'validation_failed',
      `expected a state of at most ${most} bytes (STREAM_MAX_STATE_BYTES), got ${bytes}`,
    );
}

const present = (
  stream: string,
  position: number,
  expiresAt: Date,
  { outputs, next, generated }: Stepped,
): StepsAnswer => ({
  stream,
  position,
  expires_at: expiresAt.toISOString(),
  outputs,
  ...(next && { next }),
  ...(generated && { generated }),
});

/** Work for the same id is done one after the other, in the order in which it comes. Throws `overloaded`. */
function takeTurns(): <Answer>(id: string, work: () => Promise<Answer>) => Promise<Answer> {
  const last = new Map<string, { end: Promise<unknown>; waiting: number }>();
  return async (id, work) => {
    const before = last.get(id);
    if (before !== undefined && before.waiting >= mostWaiting)
      throw new UnrollError(
        'overloaded',
        `expected at most ${mostWaiting} steps of a stream to wait, got more`,
      );
    const turn = { end: Promise.resolve() as Promise<unknown>, waiting: (before?.waiting ?? 0) + 1 };
    const answer = before === undefined ? work() : before.end.then(work, work);
    turn.end = answer.catch(() => undefined);
    last.set(id, turn);
    try {
      return await answer;
    } finally {
      if (last.get(id) === turn) last.delete(id);
    }
  };
}
