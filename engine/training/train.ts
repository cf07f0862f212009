/** The training loop. Everything that it needs is handed in: data, clock, listeners. */
import { optimizerOf, type BoundOptimizer } from '../nn/optimizers/table.ts';
import { compile } from '../programs/compile.ts';
import { initialParameters } from '../programs/initial-parameters.ts';
import { trainProgram } from '../programs/train-program.ts';
import { randomStream } from '../random/random-stream.ts';
import { openSession, type Session } from '../runtime/session.ts';
import type { EpochMetrics } from '../spec/epoch-metrics.ts';
import type { Initialization } from '../spec/initialization.ts';
import type { Loss } from '../spec/network.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import type { TrainingOptions } from '../spec/training.ts';
import { openDiagnostician, type Diagnostician } from './diagnose.ts';
import { dropoutOf, type Dropout } from './dropout.ts';
import { earlyStopping } from './early-stopping.ts';
import { openEvaluator, type Evaluator } from './evaluate.ts';
import { learningRate, type LearningRate } from './learning-rate.ts';
import { epochRuns, type Run } from './mini-batches.ts';
import { stepsPerRun } from './steps-per-run.ts';
import type { WindowSource } from './window-source.ts';

export interface TrainOptions {
  readonly network: NetworkShape;
  readonly loss: Loss;
  readonly training: TrainingOptions;
  /** PyTorch's default if absent. */
  readonly initialization?: Initialization;
  readonly parts: { readonly training: WindowSource; readonly validation: WindowSource };
  readonly threads: number;
  /** Milliseconds, from any start. */
  readonly now: () => number;
  /** After each run of the program, every 100 to 250 ms; progress from 0 to 1. */
  readonly onProgress?: (progress: { epoch: number; step: number; progress: number; loss: number }) => void;
  readonly onEpoch: (metrics: EpochMetrics, progress: number) => void | Promise<void>;
  readonly signal?: AbortSignal;
}

export interface TrainingResult {
  /** The weights of the epoch with the lowest validation loss. */
  readonly parameters: Float32Array;
  readonly parameterCount: number;
  /** Epochs trained. */
  readonly epochs: number;
  readonly bestEpoch: number;
  readonly bestValidationLoss: number;
  readonly stopped: 'epochs' | 'early_stopping' | 'max_seconds';
  readonly seconds: number;
}

/** The loss or its gradient is not a finite number any more. */
export class DivergedError extends Error {
  override readonly name = 'DivergedError';
  /** The optimiser step, counted from 1. */
  readonly step: number;

  constructor(step: number, loss: number) {
    super(`expected a finite loss and gradient, got a loss of ${loss} at step ${step}`);
    this.step = step;
  }
}

interface TrainingState {
  /** `parameters`, and what the optimiser keeps, by name; each [P]. */
  vectors: ReadonlyMap<string, Float32Array>;
  /** Steps taken. */
  step: number;
}

const parametersOf = ({ vectors }: TrainingState): Float32Array => vectors.get('parameters')!;

/**
 * Trains from random weights to the lowest validation loss. The same options and thread count give the same bits.
 * @throws DivergedError; the signal's reason when it is aborted
 */
export async function train(options: TrainOptions): Promise<TrainingResult> {
  const { network, loss, training, parts, threads } = options;
  const program = trainProgram({
    network,
    loss,
    lossSteps: parts.training.targetSteps === 1 ? 'last' : 'all',
    optimizer: training.optimizer,
    clipNorm: training.clip_norm,
    clipValue: training.clip_value,
  });
  const session = await openSession(compile(program), { threads });
  try {
    const evaluator = await openEvaluator(network, loss, threads);
    try {
      const diagnostician = await openDiagnostician(
        network,
        loss,
        parts.training,
        training.batch_size,
        threads,
      );
      try {
        return await trainEpochs(options, { session, evaluator, diagnostician });
      } finally {
        await diagnostician.release();
      }
    } finally {
      await evaluator.release();
    }
  } finally {
    await session.release();
  }
}

interface Programs {
  readonly session: Session;
  readonly evaluator: Evaluator;
  readonly diagnostician: Diagnostician;
}

/** A look inside costs about an optimiser step: one in at least so many keeps it under 5 % of the time. */
const stepsPerDiagnosis = 30;

async function trainEpochs(
  options: TrainOptions,
  { session, evaluator, diagnostician }: Programs,
): Promise<TrainingResult> {
  const { network, training, parts, now, signal } = options;
  const started = now();
  const secondsSoFar = () => (now() - started) / 1000;
  /** Of the epochs, or of the time allowed: whichever comes to its end first. */
  const progressAfter = (epochsDone: number) =>
    Math.min(1, Math.max(epochsDone / training.epochs, secondsSoFar() / (training.max_seconds ?? Infinity)));
  const overtime = () => training.max_seconds !== undefined && secondsSoFar() >= training.max_seconds;

  const initial = initialParameters(network, training.seed, options.initialization);
  const optimizer = optimizerOf(training.optimizer);
  const state: TrainingState = {
    vectors: new Map([
      ['parameters', initial],
      ...optimizer.state.map((name) => [name, new Float32Array(initial.length)] as const),
    ]),
    step: 0,
  };
  const shuffling = randomStream(training.seed, 'shuffle');
  const dropout = dropoutOf(network, training.seed);
  const stopping = earlyStopping(training.early_stopping, initial);
  const { steps, inputSize, targetSteps, outputSize } = parts.training;
  const N = training.batch_size;
  const pace = stepsPerRun(
    N * (steps * inputSize + targetSteps * outputSize) + dropout.numbersPerStep({ T: steps, N }),
  );
  const rate = learningRate(
    training.optimizer.learning_rate,
    training.learning_rate_schedule,
    training.warmup_steps,
    { stepsPerEpoch: Math.ceil(parts.training.count / training.batch_size), epochs: training.epochs },
  );

  let epoch = 0;
  let nextDiagnosis = 0;
  let stopped: TrainingResult['stopped'] = 'epochs';
  while (epoch < training.epochs && stopped === 'epochs') {
    epoch++;
    const epochStarted = now();
    const sums = { windows: 0, steps: 0, loss: 0, gradientNorm: 0 };
    for (const run of epochRuns(parts.training.count, training.batch_size, shuffling, pace.current)) {
      signal?.throwIfAborted();
      const runStarted = now();
      const { losses, gradientNorms } = await runSteps(
        session,
        state,
        run,
        parts.training,
        optimizer,
        rate,
        dropout,
      );
      if (run.batchSize === training.batch_size) pace.measured(run.steps, now() - runStarted);
      losses.forEach((value, index) => {
        sums.loss += value * run.batchSize;
        sums.gradientNorm += gradientNorms[index]!;
      });
      sums.windows += run.windows.length;
      sums.steps += run.steps;
      options.onProgress?.({
        epoch,
        step: state.step,
        progress: progressAfter(epoch - 1 + sums.windows / parts.training.count),
        loss: sums.loss / sums.windows,
      });
      if (overtime()) break;
    }
    const trainingSeconds = (now() - epochStarted) / 1000;
    const validation = await evaluator.evaluate(parametersOf(state), parts.validation, signal);
    if (!Number.isFinite(validation.loss)) throw new DivergedError(state.step, validation.loss);
    if (stopping.observe(epoch, validation.loss, parametersOf(state))) stopped = 'early_stopping';
    if (overtime()) stopped = 'max_seconds';
    const metrics: EpochMetrics = {
      epoch,
      step: state.step,
      loss: sums.loss / sums.windows,
      validation_loss: validation.loss,
      learning_rate: rate.at(state.step - 1),
      gradient_norm: sums.gradientNorm / sums.steps,
      steps_per_second: sums.steps / Math.max(trainingSeconds, 1e-6),
      elapsed_seconds: secondsSoFar(),
    };
    if (state.step >= nextDiagnosis) {
      metrics.diagnosis = await diagnostician.diagnose(parametersOf(state));
      nextDiagnosis = state.step + stepsPerDiagnosis;
    }
    rate.observe(validation.loss);
    await options.onEpoch(metrics, stopped === 'epochs' ? progressAfter(epoch) : 1);
  }

  const best = stopping.best();
  return {
    parameters: best.parameters,
    parameterCount: best.parameters.length,
    epochs: epoch,
    bestEpoch: best.epoch,
    bestValidationLoss: best.loss,
    stopped,
    seconds: secondsSoFar(),
  };
}

/** Takes the optimiser steps of one run. */
async function runSteps(
  session: Session,
  state: TrainingState,
  { windows, steps: K, batchSize: N }: Run,
  source: WindowSource,
  optimizer: BoundOptimizer,
  rate: LearningRate,
  dropout: Dropout,
): Promise<{ losses: Float32Array; gradientNorms: Float32Array }> {
  const { steps: T, inputSize: I, targetSteps: S, outputSize: O } = source;
  const x = new Float32Array(K * T * N * I);
  const y = new Float32Array(K * S * N * O);
  const schedule = new Map(optimizer.schedule.map((name) => [name, new Float32Array(K)]));
  for (let k = 0; k < K; k++) {
    source.read(
      windows.subarray(k * N, (k + 1) * N),
      x.subarray(k * T * N * I, (k + 1) * T * N * I),
      y.subarray(k * S * N * O, (k + 1) * S * N * O),
    );
    const numbers = optimizer.scheduleAt(state.step + k + 1, rate.at(state.step + k));
    optimizer.schedule.forEach((name, index) => (schedule.get(name)![k] = numbers[index]!));
  }
  const masks = dropout.masks(state.step, K, { T, N });
  const vectors = Array.from(state.vectors, ([name, data]) => [name, { data, dims: [data.length] }] as const);
  const numbers = Array.from(schedule, ([name, data]) => [name, { data, dims: [K] }] as const);
  const results = await session.run({
    ...Object.fromEntries([...vectors, ...numbers]),
    ...masks,
    x: { data: x, dims: [K, T, N, I] },
    y: { data: y, dims: [K, S, N, O] },
  });
  const losses = results.loss!.data;
  const gradientNorms = results.gradient_norm!.data;
  for (let k = 0; k < K; k++) {
    if (!Number.isFinite(losses[k]!) || !Number.isFinite(gradientNorms[k]!)) {
      throw new DivergedError(state.step + k + 1, losses[k]!);
    }
  }
  state.vectors = new Map(vectors.map(([name]) => [name, results[`next_${name}`]!.data]));
  state.step += K;
  return { losses, gradientNorms };
}
