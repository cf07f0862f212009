/**
 * All that training needs to go on from where it stood, at a boundary between two runs: nothing in it depends on how the
 * steps were cut into runs, so that what follows is the same to the last bit. Streams of random numbers are positions; dropout
 * is drawn from the step alone.
 */
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { optimizerOf } from '../nn/optimizers/table.ts';
import { parameterTotal } from '../programs/optimization-program.ts';
import type { TrainingOptions } from '../spec/training.ts';
import { epochSteps } from './carried-batches.ts';
import type { Trainable } from './trainable.ts';
import { decodeBlocks, encodeBlocks, CheckpointError, type Sha256 } from './checkpoint-file.ts';

const closed = { additionalProperties: false };
const Count = Type.Integer({ minimum: 0 });
const orNull = <Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Union([schema, Type.Null()]);

/** The numbers beside the vectors. Losses that are infinite, as before the first epoch, are null. */
const CheckpointNumbers = Type.Object(
  {
    /** Optimiser steps taken. */
    step: Count,
    /** Epochs done. */
    epochs: Count,
    /** Why training is over; null while it is not. */
    stopped: orNull(
      Type.Union([Type.Literal('epochs'), Type.Literal('early_stopping'), Type.Literal('max_seconds')]),
    ),
    /** Seconds trained, over all attempts. */
    seconds: Type.Number({ minimum: 0 }),
    /** The step from which an epoch ends with a look inside. */
    nextDiagnosis: Count,
    /** Where the stream of shuffling stood when the present epoch began. */
    shufflePosition: Count,
    /** Of the present epoch so far. */
    sums: Type.Object(
      {
        windows: Count,
        steps: Count,
        /** What the windows count in the mean loss: their number, or the sum of their weights. */
        weight: Type.Number({ minimum: 0 }),
        loss: Type.Number(),
        gradientNorm: Type.Number(),
        seconds: Type.Number({ minimum: 0 }),
      },
      closed,
    ),
    plateau: orNull(
      Type.Object({ factor: Type.Number(), best: orNull(Type.Number()), waited: Count }, closed),
    ),
    stopping: Type.Object({ reference: orNull(Type.Number()), waited: Count }, closed),
    best: orNull(Type.Object({ epoch: Count, loss: Type.Number() }, closed)),
  },
  closed,
);
type CheckpointNumbers = Static<typeof CheckpointNumbers>;

export interface Checkpoint extends Omit<CheckpointNumbers, 'best'> {
  /** `parameters`, and what the optimiser keeps, by name; each [P]. */
  readonly vectors: Readonly<Record<string, Float32Array>>;
  /** States that go on from batch to batch, by name; [H,N] each, of the batch that was read last. */
  readonly carried: Readonly<Record<string, Float32Array>>;
  /** The weights of the epoch with the lowest validation loss; null before the end of the first. */
  readonly best: { readonly epoch: number; readonly loss: number; readonly parameters: Float32Array } | null;
}

const bestBlock = 'best';
/** Before the names of what is carried. */
const carriedPrefix = 'carried.';

/**
 * A checkpoint as the parts of a file, one after the other; the vectors are not copied.
 * @param about - what else is to be known of the network; JSON
 */
export function encodeCheckpoint(
  { vectors, carried, best, ...numbers }: Checkpoint,
  about: object,
  sha256: Sha256,
): readonly Uint8Array[] {
  const state: CheckpointNumbers = { ...numbers, best: best && { epoch: best.epoch, loss: best.loss } };
  const blocks = {
    ...vectors,
    ...Object.fromEntries(Object.entries(carried).map(([name, state]) => [carriedPrefix + name, state])),
    ...(best && { [bestBlock]: best.parameters }),
  };
  return encodeBlocks({ header: { state, about }, blocks }, sha256);
}

/** @throws CheckpointError */
export function decodeCheckpoint(
  bytes: Uint8Array,
  sha256: Sha256,
): { readonly checkpoint: Checkpoint; readonly about: unknown } {
  const { header, blocks } = decodeBlocks(bytes, sha256);
  const { state, about } = header as { state?: unknown; about?: unknown };
  const { [bestBlock]: bestParameters, ...others } = blocks;
  const named = (isCarried: boolean) =>
    Object.entries(others).filter(([name]) => name.startsWith(carriedPrefix) === isCarried);
  const vectors = Object.fromEntries(named(false));
  const carried = Object.fromEntries(
    named(true).map(([name, state]) => [name.slice(carriedPrefix.length), state]),
  );
  if (!Value.Check(CheckpointNumbers, state) || (state.best !== null) !== (bestParameters !== undefined))
    throw new CheckpointError('damaged', 'expected the state of a training, got something else');
  const best = state.best === null ? null : { ...state.best, parameters: bestParameters! };
  return { checkpoint: { ...state, best, vectors, carried }, about };
}

/**
 * Whether training could go on from it: its vectors are those of this network and optimiser.
 * @throws CheckpointError
 */
export function checkCheckpoint(
  { vectors, carried, best, sums }: Checkpoint,
  of: { readonly trainable: Trainable; readonly training: TrainingOptions },
): void {
  const names = ['parameters', ...optimizerOf(of.training.optimizer).state];
  const expected = {
    parameters: parameterTotal(of.trainable.problem),
    windows: of.trainable.parts.training.count,
  };
  const refuse = (what: string): never => {
    throw new CheckpointError('other_network', `expected a checkpoint of this training, got one ${what}`);
  };
  const got = Object.keys(vectors);
  if (got.length !== names.length || !names.every((name) => got.includes(name)))
    refuse(`with the vectors ${got.join(', ')} instead of ${names.join(', ')}`);
  for (const vector of [...Object.values(vectors), ...(best ? [best.parameters] : [])])
    if (vector.length !== expected.parameters)
      refuse(`of ${vector.length} parameters instead of ${expected.parameters}`);
  const { carrying } = of.trainable.parts.training;
  const states = carrying?.states ?? [];
  const going = Object.keys(carried);
  if (going.some((name) => !states.some((state) => state.name === name)))
    refuse(`with the states ${going.join(', ')} instead of ${states.map(({ name }) => name).join(', ')}`);
  for (const { name, size } of states) {
    const rows = (carried[name]?.length ?? 0) / size;
    if (!Number.isInteger(rows) || rows > of.training.batch_size || (rows === 0 && sums.steps > 0))
      refuse(`with the state ${name} of ${rows} rows instead of at most ${of.training.batch_size}`);
  }
  if (carrying && sums.steps > epochSteps(of.trainable.parts.training, of.training.batch_size, 1))
    refuse(`that is ${sums.steps} steps into a shorter epoch`);
  if (sums.windows > expected.windows)
    refuse(`that is ${sums.windows} windows into an epoch of ${expected.windows}`);
}
