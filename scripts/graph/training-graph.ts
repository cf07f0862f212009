/** The training program that a specification asks for. What only data can tell (how many categories, labels, symbols) is taken to be few. */
import { UnrollError } from '../../domain/errors/unroll-error.ts';
import { resolveSpecification } from '../../domain/training-jobs/resolve-specification.ts';
import type { Graph } from '../../engine/graph/graph.ts';
import { writerProblem } from '../../engine/programs/decoder/writer-loss.ts';
import { optimizationProgram, type Problem } from '../../engine/programs/optimization-program.ts';
import { outputSteps } from '../../engine/programs/output-steps.ts';
import { windowProblem } from '../../engine/programs/train-program.ts';
import { checkModel } from '../../engine/spec/check-model.ts';
import { checkTraining } from '../../engine/spec/check-training.ts';
import type { WriterShape } from '../../engine/spec/decoder-shape.ts';
import { forecastNetwork } from '../../engine/spec/forecast-network.ts';
import {
  isInput,
  isSequenceInput,
  kindOf,
  type Input,
  type InputKind,
  type Inputs,
} from '../../engine/spec/inputs.ts';
import { targetStepCount } from '../../engine/spec/loss-steps.ts';
import type { LossSpecification } from '../../engine/spec/losses.ts';
import { networkShape, type Embedding, type NetworkShape } from '../../engine/spec/network-shape.ts';
import { regressionLoss } from '../../engine/spec/regression.ts';
import { isTextTarget } from '../../engine/spec/targets.ts';
import { taskOf, type TaskKind, type TaskSpecifications } from '../../engine/spec/tasks.ts';
import { TrainingSpecification } from '../../engine/spec/training-specification.ts';
import { writerShape } from '../../engine/spec/writer-shape.ts';
import { fieldErrorsOf } from '../../services/http/validation.ts';

/** Categories, labels, symbols, and numbers of a vector. */
const few = 10;

interface Asked {
  readonly network: NetworkShape | WriterShape;
  readonly loss: LossSpecification;
  /** Whether some targets count more than others, or not at all. */
  readonly weighted: boolean;
}

const crossEntropy = (smoothing: number): LossSpecification => ({
  type: 'cross_entropy',
  label_smoothing: smoothing,
});

const asked: { readonly [Kind in TaskKind]: (specification: TaskSpecifications[Kind]) => Asked } = {
  forecast: (specification) => {
    const { inputSize, embeddings } = sizesOf(specification.data.inputs);
    return {
      network: forecastNetwork(specification, inputSize, embeddings),
      loss: regressionLoss(specification.output),
      weighted: specification.data.weight !== undefined || specification.data.missing !== 'error',
    };
  },
  classification: ofLabels,
  series_classification: ofLabels,
  tagging: ofLabels,
  multilabel: ({ architecture, model, data }) => ({
    network: networkShape(architecture, model, {
      ...rowSizesOf(data.inputs),
      outputSize: Math.max(few, data.targets.length),
    }),
    loss: { type: 'binary_cross_entropy', positive_weights: null },
    weighted: false,
  }),
  regression: ({ architecture, model, data, output }) => ({
    network: networkShape(architecture, model, {
      ...rowSizesOf(data.inputs),
      outputSize: data.targets.length,
    }),
    loss: regressionLoss(output),
    weighted: false,
  }),
  language_model: ({ architecture, model, data, output }) => ({
    network: networkShape(architecture, model, { ...sizesOf(data.inputs), outputSize: few }),
    loss: crossEntropy(output.label_smoothing),
    weighted: true,
  }),
  transduction: ({ architecture, model, data, output }) => {
    const [target] = data.targets.filter(isTextTarget);
    return {
      network: writerShape(architecture, model, {
        ...rowSizesOf(data.inputs),
        writes: {
          type: 'tokens',
          vocabulary: few,
          embeddingSize: target!.embedding_size,
          pad: 0,
          start: 1,
          end: 2,
        },
      }),
      loss: crossEntropy(output.label_smoothing),
      weighted: true,
    };
  },
  curve: ({ architecture, model, data, output }) => ({
    network: writerShape(architecture, model, {
      ...rowSizesOf(data.inputs),
      writes: { type: 'numbers', size: data.targets.length },
    }),
    loss: regressionLoss(output),
    weighted: true,
  }),
};

function ofLabels({
  architecture,
  model,
  data,
  output,
}: TaskSpecifications['classification' | 'series_classification' | 'tagging']): Asked {
  return {
    network: networkShape(architecture, model, { ...rowSizesOf(data.inputs), outputSize: few }),
    loss: crossEntropy(output.label_smoothing),
    weighted: true,
  };
}

/** What a step gets of an input: numbers, or an id that is looked up. */
type StepPart = { readonly numbers: number } | { readonly embedding: Embedding };

const partsOf: { readonly [Kind in InputKind]: (input: Inputs[Kind]) => StepPart } = {
  numbers: ({ lags = [] }) => ({ numbers: 1 + lags.length }),
  categories: (input) =>
    input.encoding === 'embedding'
      ? { embedding: { vocabulary: few, size: input.embedding_size } }
      : { numbers: few },
  text: ({ embedding_size: size }) => ({ embedding: { vocabulary: few, size } }),
  vector: (input) => ({ numbers: input.encoding === 'sequence' ? input.step_size : few }),
  image: ({ as, size: [height, width] }) => ({ numbers: as === 'sequence' ? width! : height! * width! }),
  audio: (input) => ({ numbers: input.audio === 'raw' ? input.step_size : few }),
  calendar: ({ calendar }) => ({ numbers: 2 * calendar.length }),
};

function sizesOf(inputs: readonly Input[]): Pick<NetworkShape, 'inputSize' | 'embeddings'> {
  const parts = inputs.map((input) => (partsOf[kindOf(input)] as (input: Input) => StepPart)(input));
  const embeddings = parts.flatMap((part) => ('embedding' in part ? [part.embedding] : []));
  const numbers = parts.reduce((sum, part) => sum + ('numbers' in part ? part.numbers : 0), 0);
  return { inputSize: numbers + embeddings.length, ...(embeddings.length > 0 && { embeddings }) };
}

/** Of rows, and of series that are read whole: sequences have lengths of their own, but for images. */
const rowSizesOf = (inputs: readonly Input[]) => ({
  ...sizesOf(inputs),
  ...(inputs.some((input) => isSequenceInput(input) && !isInput(input, 'image')) && { padded: true }),
});

/** What is wrong with a specification, in the words of the API. */
const faultsOf = fieldErrorsOf(TrainingSpecification);

/** Columns that are named nowhere. */
const someColumns = { inputs: [{ column: 'x' }], targets: [{ column: 'y' }] };

/**
 * @param given - a specification as `POST /v1/training-jobs` takes it, or some of it: a forecast of one column by sequence_to_vector where nothing else is said
 * @throws UnrollError with each part that is wrong
 */
export function trainingGraph(given: object): Graph {
  const whole = {
    architecture: 'sequence_to_vector',
    data: { ...someColumns, window: { length: 30 } },
    ...given,
  };
  const faults = faultsOf(whole);
  if (faults.length > 0)
    throw new UnrollError('validation_failed', 'The specification is not valid.', { errors: faults });
  const specification = resolveSpecification(whole);
  const { architecture, model, training, output } = specification;
  const errors = [
    ...checkModel(architecture, model, output.type),
    ...checkTraining(architecture, training, model.decoder),
  ];
  if (errors.length > 0)
    throw new UnrollError('validation_failed', 'The specification contradicts itself.', { errors });
  const find = asked[taskOf(specification)] as (specification: TrainingSpecification) => Asked;
  const problem = problemOf(find(specification), specification);
  return optimizationProgram(problem, {
    optimizer: training.optimizer,
    clipNorm: training.clip_norm,
    clipValue: training.clip_value,
    accumulate: training.accumulate > 1,
  });
}

function problemOf(
  { network, loss, weighted }: Asked,
  { architecture, data, training }: TrainingSpecification,
): Problem {
  if ('decoder' in network)
    return writerProblem({ writer: network, loss, sampling: training.scheduled_sampling !== undefined });
  const steps = data.window?.length ?? Infinity;
  return windowProblem({
    network,
    loss,
    lossSteps: outputSteps({ steps, targetSteps: targetStepCount(architecture, training.loss_steps, steps) }),
    ...(weighted && { weightsPerOutput: 1 }),
    carriesState: training.tbptt_steps !== undefined || training.stateful,
  });
}
