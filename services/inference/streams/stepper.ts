/** How the streams of one kind of task go on: what a step's request means to the network, and what its outputs mean to the caller. */
import type { ModelVersion } from '../../../domain/models/model.ts';
import type { ServedModel } from '../execution.ts';
import type { StepsAnswer, StepsRequest } from '../routes/streams/schemas.ts';
import type { Feeds, Results } from '../sessions/messages.ts';
import type { StreamState } from './stream-state.ts';

type NetworkModel = ModelVersion['card']['specification']['model'];

export interface Stepped extends Pick<StepsAnswer, 'outputs' | 'next' | 'generated'> {
  readonly state: StreamState;
  /** Rows or tokens that were read. */
  readonly steps: number;
}

export interface Stepper<Card> {
  /** Why such a model can't be driven step by step; null where it can. */
  readonly refusal: (card: Card) => string | null;
  /** The file that takes and gives states. */
  readonly model: (version: ModelVersion, card: Card) => ServedModel;
  /** What is remembered of a stream, in bytes, but for the values of a row. */
  readonly stateBytes: (card: Card) => number;
  /** Reads what the request brings. Throws `validation_failed` with a pointer to each value at fault; then nothing was read. */
  readonly step: (
    request: StepsRequest,
    card: Card,
    state: StreamState,
    run: (feeds: Feeds) => Promise<Results>,
  ) => Promise<Stepped>;
}

/** Why a network can't go on from states alone; null where it can. */
export function notCarried({ bidirectional, pooling = 'last' }: NetworkModel): string | null {
  if (bidirectional)
    return 'expected a network of one direction, got one that also reads backwards from the end of what it reads';
  if (pooling !== 'last')
    return `expected pooling last, which answers from the state that a stream keeps, got ${pooling}, which answers from all steps at once`;
  return null;
}

/** Numbers, or candidates, that one answer tells at most. */
export const mostTold = 200_000;

type Field = Exclude<keyof StepsRequest, 'position' | 'outputs'>;

/** What is wrong with the fields of another kind of task. */
export const strangers = (
  request: StepsRequest,
  taken: readonly Field[],
  all: readonly Field[] = ['rows', 'text', 'tokens', 'generate', 'candidates'],
): { pointer: string; message: string }[] =>
  all
    .filter((field) => request[field] !== undefined && !taken.includes(field))
    .map((field) => ({
      pointer: `/${field}`,
      message: `expected ${taken.join(' or ')} for this model, got ${field}`,
    }));

/** Float32 numbers of the states of all layers, in bytes. */
export const networkStateBytes = ({ cell, layers, hidden_size: H }: NetworkModel): number =>
  (cell === 'lstm' ? 2 : 1) * layers * H * 4;
