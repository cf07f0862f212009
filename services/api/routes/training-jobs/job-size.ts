/** Whether a job is of a size that can be trained at all. */
import { targetIdCount } from '../../../../datasets/features/target-vocabulary.ts';
import { idCount } from '../../../../datasets/features/vocabulary.ts';
import type { ForecastPlan } from '../../../../datasets/forecasting/contract.ts';
import type { TaskPlan } from '../../../../datasets/tasks/plans.ts';
import type { FieldError } from '../../../../domain/errors/unroll-error.ts';
import { reckonedWork } from '../../../../domain/training-jobs/reckoned-work.ts';
import { isWriter } from '../../../../engine/spec/architectures.ts';
import type { WriterShape } from '../../../../engine/spec/decoder-shape.ts';
import { forecastNetwork } from '../../../../engine/spec/forecast-network.ts';
import { networkShape, type NetworkShape } from '../../../../engine/spec/network-shape.ts';
import type { ForecastSpecification } from '../../../../engine/spec/tasks.ts';
import { writerShape } from '../../../../engine/spec/writer-shape.ts';
import type { TrainingSpecification } from '../../../../engine/spec/training-specification.ts';
import type { ApiParts } from '../../parts.ts';

type SizeParts = Pick<ApiParts, 'parameterCount' | 'trainingMemory' | 'maxTrainingBytes'>;

export interface JobSize {
  readonly parameterCount: number;
  /** About what training needs. */
  readonly memoryBytes: number;
  /** About how much there is to compute, in multiply-adds. */
  readonly estimatedWork: number;
  /** Windows of a batch: as many as asked for, or as there are. */
  readonly batchSize: number;
  readonly errors: readonly FieldError[];
}

/** An ONNX file holds 2 GiB; what is not weights takes less than a sixteenth of that. */
const mostParameters = (15 * 2 ** 27) / 4;

export function jobSize(parts: SizeParts, specification: TrainingSpecification, plan: TaskPlan): JobSize {
  const { model, training } = specification;
  const parameterCount = parts.parameterCount(networkOf(specification, plan));
  const batchSize = Math.min(training.batch_size, plan.windows.training);
  const found = asFound(plan);
  const network = networkOf(specification, found);
  const steps = Math.min(found.steps, training.tbptt_steps ?? Infinity);
  const written = 'writtenSteps' in found ? found.writtenSteps : undefined;
  /** Only one part of a batch is in memory at a time. */
  const partSize = Math.ceil(batchSize / training.accumulate);
  const memory = parts.trainingMemory({
    network,
    optimizer: training.optimizer,
    batchSize: partSize,
    steps,
    written,
    ...((plan.task === 'language_model' || plan.task === 'tagging') && {
      loss: { type: 'cross_entropy', label_smoothing: 0 },
    }),
    ...((training.stateful || steps < found.steps) && { carriesState: true }),
  });
  const memoryBytes = memory.parameterBytes + memory.stepBytes;

  const errors: FieldError[] = [];
  if (parameterCount > mostParameters) {
    errors.push({
      pointer: '/model/hidden_size',
      message: `expected a model of at most ${mostParameters} parameters, which is what an ONNX file holds, got ${parameterCount} with ${model.layers} layers of ${model.hidden_size}`,
    });
  } else if (memoryBytes > parts.maxTrainingBytes) {
    const isBatch = memory.stepBytes > memory.parameterBytes && partSize > 1;
    errors.push({
      pointer: isBatch ? '/training/batch_size' : '/model/hidden_size',
      message: `expected a job that needs at most ${gibibytes(parts.maxTrainingBytes)} of memory (MAX_TRAINING_BYTES), got one that needs about ${gibibytes(memoryBytes)}: ${partSize} windows of ${steps} steps${written === undefined ? '' : ` and ${written} that are written`} at a time, ${model.layers} layers of ${model.hidden_size}; training.accumulate cuts batches into parts, training.tbptt_steps windows of sequence_to_sequence into chunks`,
    });
  }
  const estimatedWork = reckonedWork({
    // an embedding is looked up, not multiplied
    parameterCount: (found.embeddings ?? []).reduce(
      (left, { vocabulary, size }) => left - vocabulary * size,
      parts.parameterCount(network),
    ),
    layers: model.layers,
    bidirectional: model.bidirectional,
    steps: found.steps + (written ?? 0),
    windows: plan.windows,
    batchSize,
    epochs: training.epochs,
    ...(plan.task === 'forecast' && training.stateful && throughSeries(plan, batchSize)),
  });
  return { parameterCount, memoryBytes, estimatedWork, batchSize, errors };
}

/** In stateful training validation reads each series once, a row of a batch for each, with as many windows before as a stream of training has. */
function throughSeries({ windows, steps, series }: ForecastPlan, batchSize: number) {
  const lead = Math.min(windows.training, series * Math.ceil(windows.training / batchSize));
  return {
    windows: { training: windows.training, validation: Math.ceil(windows.validation / steps) + lead },
    validationTogether: Math.min(series, 2 * batchSize),
  };
}

/** The same with texts as long, and with as many different tokens, as the table has. */
function asFound(plan: TaskPlan): TaskPlan {
  const { read, written } = plan.texts ?? {};
  const [first, ...others] = plan.embeddings ?? [];
  const own: TaskPlan = {
    ...plan,
    ...(read && plan.task !== 'language_model' && { steps: Math.min(plan.steps, read.steps) }),
    // that of the text is the first
    ...(read &&
      first && {
        embeddings: [{ ...first, vocabulary: Math.min(first.vocabulary, idCount(read.tokens)) }, ...others],
      }),
    ...(read &&
      plan.task === 'language_model' && { outputSize: Math.min(plan.outputSize, idCount(read.tokens)) }),
  };
  if (own.task !== 'transduction' || written === undefined) return own;
  const vocabulary = Math.min(own.writes.vocabulary, targetIdCount(written.tokens));
  return {
    ...own,
    outputSize: vocabulary,
    writtenSteps: Math.min(own.writtenSteps, written.steps + 1),
    writes: { ...own.writes, vocabulary },
  };
}

function networkOf(specification: TrainingSpecification, plan: TaskPlan): NetworkShape | WriterShape {
  const { architecture, model } = specification;
  if (plan.task === 'forecast')
    return forecastNetwork(specification as ForecastSpecification, plan.inputSize, plan.embeddings);
  if ('writes' in plan && isWriter(architecture)) return writerShape(architecture, model, plan);
  if (isWriter(architecture)) throw new Error(`internal: no task of ${architecture}`);
  return networkShape(architecture, model, plan);
}

const gibibytes = (bytes: number): string => `${Number((bytes / 2 ** 30).toPrecision(3))} GiB`;
