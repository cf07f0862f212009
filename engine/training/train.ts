/** The training loop. Everything that it needs is handed in: data, clock, listeners. */
import { compileFor } from '../programs/compile.ts';
import { optimizationProgram } from '../programs/optimization-program.ts';
import { randomStream } from '../random/random-stream.ts';
import { openSession, type Session } from '../runtime/session.ts';
import type { EpochMetrics } from '../spec/epoch-metrics.ts';
import type { Initialization } from '../spec/initialization.ts';
import type { TrainingOptions } from '../spec/training.ts';
import { checkCheckpoint, type Checkpoint } from './checkpoint.ts';
import { openDiagnostician, type Diagnostician } from './diagnose.ts';
import { earlyStopping } from './early-stopping.ts';
import { openEvaluator, type Evaluator } from './evaluate.ts';
import { learningRate } from './learning-rate.ts';
import { carriedRuns, epochSteps } from './carried-batches.ts';
import { epochRuns } from './mini-batches.ts';
import { DivergedError } from './optimizer-runs.ts';
import { optimizerSteps } from './optimizer-steps.ts';
import { stepsPerRun } from './steps-per-run.ts';
import type { Trainable } from './trainable.ts';

export interface TrainOptions {
  readonly trainable: Trainable;
  readonly training: TrainingOptions;
  /** PyTorch's default if absent. */
  readonly initialization?: Initialization;
  readonly threads: number;
  /** Milliseconds, from any start. */
  readonly now: () => number;
  /** After each run of the program, every 100 to 250 ms; progress from 0 to 1. */
  readonly onProgress?: (progress: { epoch: number; step: number; progress: number; loss: number }) => void;
  readonly onEpoch: (metrics: EpochMetrics, progress: number) => void | Promise<void>;
  /** Where it goes on from; from the start if absent. */
  readonly resumeFrom?: Checkpoint;
  /** [P]: the first weights, instead of random ones. */
  readonly initial?: Float32Array;
  /** After each run of the program and after each epoch: what it would take to go on from there. It never changes. */
  readonly onBoundary?: (checkpoint: Checkpoint) => void;
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

/**
 * Trains to the lowest validation loss. The same options and thread count give the same bits, also when training was broken
 * off any number of times and went on from checkpoints.
 * @throws DivergedError; CheckpointError when `resumeFrom` is another network's; the signal's reason when it is aborted
 */
export async function train(options: TrainOptions): Promise<TrainingResult> {
  const { trainable, training, threads } = options;
  const { problem, parts } = trainable;
  const partSize = training.batch_size / training.accumulate;
  const program = optimizationProgram(problem, {
    optimizer: training.optimizer,
    clipNorm: training.clip_norm,
    clipValue: training.clip_value,
    accumulate: training.accumulate > 1,
  });
  const { T: steps, S: written } = parts.training.longest;
  const { model, memoryPattern } = compileFor({ steps, written, windows: partSize }, program);
  const opened: { release(): Promise<void> }[] = [];
  const open = async <Part extends { release(): Promise<void> }>(part: Promise<Part>): Promise<Part> => {
    opened.push(await part);
    return part;
  };
  try {
    return await trainEpochs(options, {
      session: await open(openSession(model, { threads, memoryPattern })),
      evaluator: await open(openEvaluator(trainable.evaluation, { threads, batchSize: partSize })),
      diagnostician: await open(openDiagnostician(trainable, partSize, threads)),
    });
  } finally {
    await Promise.all(opened.map((part) => part.release()));
  }
}

interface Programs {
  readonly session: Session;
  readonly evaluator: Evaluator;
  readonly diagnostician: Diagnostician;
}

/** A look inside costs one to four optimiser steps: one in at least so many keeps it under 5 % of the time (docs/performance.md). */
export const stepsPerDiagnosis = 100;

const nothingYet = { windows: 0, steps: 0, weight: 0, loss: 0, gradientNorm: 0, seconds: 0 };

async function trainEpochs(
  options: TrainOptions,
  { session, evaluator, diagnostician }: Programs,
): Promise<TrainingResult> {
  const { trainable, training, now, signal, resumeFrom } = options;
  const { parts } = trainable;
  const { batch_size: batchSize, accumulate } = training;
  if (resumeFrom) checkCheckpoint(resumeFrom, options);
  const started = now();
  const secondsSoFar = () => (resumeFrom?.seconds ?? 0) + (now() - started) / 1000;
  /** Of the epochs, or of the time allowed: whichever comes to its end first. */
  const progressAfter = (epochsDone: number) =>
    Math.min(1, Math.max(epochsDone / training.epochs, secondsSoFar() / (training.max_seconds ?? Infinity)));
  const overtime = () => training.max_seconds !== undefined && secondsSoFar() >= training.max_seconds;

  const initial =
    resumeFrom?.vectors.parameters ??
    options.initial ??
    trainable.initialParameters(training.seed, options.initialization);
  const shuffling = randomStream(training.seed, 'shuffle', resumeFrom?.shufflePosition);
  const stopping = earlyStopping(
    training.early_stopping,
    initial,
    resumeFrom && { ...resumeFrom.stopping, best: resumeFrom.best },
  );
  const rate = learningRate(
    training.optimizer.learning_rate,
    training.learning_rate_schedule,
    training.warmup_steps,
    {
      stepsPerEpoch: epochSteps(parts.training, batchSize, accumulate),
      epochs: training.epochs,
    },
    resumeFrom?.plateau,
  );

  const optimizer = optimizerSteps({
    session,
    trainable,
    training,
    rate,
    from: resumeFrom
      ? { vectors: resumeFrom.vectors, carried: resumeFrom.carried, taken: resumeFrom.step }
      : initial,
  });
  const pace = stepsPerRun(optimizer.numbersPerStep);

  let epochs = resumeFrom?.epochs ?? 0;
  let nextDiagnosis = resumeFrom?.nextDiagnosis ?? 0;
  let stopped = resumeFrom?.stopped ?? (epochs >= training.epochs ? 'epochs' : null);
  let sums = resumeFrom?.sums ?? nothingYet;
  let shufflePosition = shuffling.position;
  const boundary = () => {
    const { best, ...waiting } = stopping.state();
    options.onBoundary?.({
      step: optimizer.taken(),
      epochs,
      stopped,
      seconds: secondsSoFar(),
      nextDiagnosis,
      shufflePosition,
      sums,
      plateau: rate.state(),
      stopping: waiting,
      best,
      vectors: optimizer.vectors(),
      carried: optimizer.carried(),
    });
  };

  while (stopped === null) {
    const epoch = epochs + 1;
    const epochStarted = now() - sums.seconds * 1000;
    const { carrying } = parts.training;
    const runs = carrying
      ? carriedRuns({ ...parts.training, carrying }, batchSize, shuffling, pace.current, sums.steps)
      : epochRuns(parts.training, batchSize, accumulate, shuffling, pace.current, sums.windows);
    for (const run of runs) {
      signal?.throwIfAborted();
      const runStarted = now();
      const { losses, counts, gradientNorms } = await optimizer.take(run);
      const perStep = run.examples.length / run.batches;
      if (perStep === batchSize) pace.measured(run.batches, now() - runStarted);
      sums = {
        windows: sums.windows + (run.completed ?? run.examples.length),
        steps: sums.steps + run.batches,
        // one after the other: the order of a sum decides its last bits
        weight: Array.from(counts).reduce((total, count) => total + count, sums.weight),
        loss: losses.reduce((total, value, k) => total + value * counts[k]!, sums.loss),
        gradientNorm: gradientNorms.reduce((total, value) => total + value, sums.gradientNorm),
        seconds: (now() - epochStarted) / 1000,
      };
      options.onProgress?.({
        epoch,
        step: optimizer.taken(),
        progress: progressAfter(epochs + sums.windows / parts.training.count),
        loss: sums.weight === 0 ? 0 : sums.loss / sums.weight,
      });
      boundary();
      if (overtime()) break;
    }
    const validationLoss = await evaluator.loss(optimizer.parameters(), parts.validation, signal);
    if (!Number.isFinite(validationLoss)) throw new DivergedError(optimizer.taken(), validationLoss);
    if (stopping.observe(epoch, validationLoss, optimizer.parameters())) stopped = 'early_stopping';
    if (overtime()) stopped = 'max_seconds';
    if (epoch >= training.epochs) stopped ??= 'epochs';
    const metrics: EpochMetrics = {
      epoch,
      step: optimizer.taken(),
      loss: sums.weight === 0 ? 0 : sums.loss / sums.weight,
      validation_loss: validationLoss,
      learning_rate: rate.at(optimizer.taken() - 1),
      gradient_norm: sums.gradientNorm / sums.steps,
      steps_per_second: sums.steps / Math.max(sums.seconds, 1e-6),
      elapsed_seconds: secondsSoFar(),
    };
    if (optimizer.taken() >= nextDiagnosis) {
      metrics.diagnosis = await diagnostician.diagnose(optimizer.parameters());
      nextDiagnosis = optimizer.taken() + stepsPerDiagnosis;
    }
    rate.observe(validationLoss);
    epochs = epoch;
    sums = nothingYet;
    shufflePosition = shuffling.position;
    await options.onEpoch(metrics, stopped === null ? progressAfter(epoch) : 1);
    boundary();
  }

  const best = stopping.best();
  return {
    parameters: best.parameters,
    parameterCount: best.parameters.length,
    epochs,
    bestEpoch: best.epoch,
    bestValidationLoss: best.loss,
    stopped,
    seconds: secondsSoFar(),
  };
}
