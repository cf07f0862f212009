/** What a schema cannot say of states that go on from batch to batch: `tbptt_steps` and `stateful`. */
import type { SpecificationError } from './check-model.ts';
import { isFromWindow, scalingOf } from './scaling.ts';
import type { TaskKind } from './tasks.ts';
import type { TrainingSpecification } from './training-specification.ts';

/** Steps of the windows that may be cut, or why there are none; and whether windows follow each other, or why not. */
interface Carried {
  readonly steps: number | string;
  readonly follows: true | string;
  /** What does not go together with states that go on from window to window, where windows follow each other. */
  readonly contradictions?: readonly SpecificationError[];
}

const rows: Carried = {
  steps: 'where each row is an example that is read whole',
  follows: 'where no row follows on another',
};

const series: Carried = {
  steps: 'where each series is an example that is read whole',
  follows: 'where no series follows on another',
};

const carried: Record<TaskKind, (specification: TrainingSpecification) => Carried> = {
  forecast: ({ architecture, data, training }) => ({
    steps:
      architecture !== 'sequence_to_sequence' || (training.loss_steps ?? 'all') !== 'all'
        ? 'without a loss in each chunk; sequence_to_sequence with loss_steps all has one after every step'
        : (data.window?.length ?? Infinity),
    follows:
      architecture === 'sequence_to_sequence' ||
      `with ${architecture}, which has no output after every row that its states go through; sequence_to_sequence has one`,
    contradictions: architecture === 'sequence_to_sequence' ? throughSeries({ data, training }) : [],
  }),
  classification: () => rows,
  multilabel: () => rows,
  regression: () => rows,
  curve: () => rows,
  series_classification: () => series,
  tagging: () => series,
  language_model: ({ data: { inputs } }) => ({
    steps: inputs[0] && 'max_length' in inputs[0] ? inputs[0].max_length : Infinity,
    follows: true,
  }),
  transduction: () => rows,
};

/** Of forecasts whose states go on through each series. */
function throughSeries({
  data,
  training,
}: Pick<TrainingSpecification, 'data' | 'training'>): readonly SpecificationError[] {
  const errors: SpecificationError[] = [];
  const refuse = (pointer: string, message: string) => errors.push({ pointer, message });
  const { window, missing } = data;
  const { per } = scalingOf(data.scaling);
  const { loss_steps: lossSteps = 'all' } = training;
  if (lossSteps !== 'all')
    refuse(
      '/training/loss_steps',
      `expected all with stateful, whose windows follow each other, so that every row is learnt from once, got ${JSON.stringify(lossSteps)}`,
    );
  if (window?.stride !== undefined && window.stride !== window.length)
    refuse(
      '/data/window/stride',
      `expected the length of ${window.length}, or none, with stateful, whose windows each begin where the one before ends, got ${window.stride}`,
    );
  if (isFromWindow(per))
    refuse(
      '/data/scaling/per',
      `expected training or series with stateful, since states that go on would be read on another scale in each window, got ${per}`,
    );
  if (missing === 'drop')
    refuse(
      '/data/missing',
      'expected error, forward_fill or mask with stateful, whose states go through every row, got drop, which leaves some out',
    );
  if (missing === 'interpolate')
    refuse(
      '/data/missing',
      'expected error, forward_fill or mask with stateful, whose states go on before the next value is known, got interpolate',
    );
  return errors;
}

/** @returns one entry for each impossible combination */
export function checkCarrying(
  task: TaskKind,
  specification: TrainingSpecification,
): readonly SpecificationError[] {
  const { model, training } = specification;
  const { tbptt_steps: chunk, stateful, accumulate } = training;
  const errors: SpecificationError[] = [];
  const refuse = (pointer: string, message: string) => errors.push({ pointer, message });
  const { steps, follows, contradictions = [] } = carried[task](specification);
  if (chunk !== undefined) {
    if (typeof steps === 'string')
      refuse('/training/tbptt_steps', `expected no tbptt_steps ${steps}, got ${chunk}`);
    else if (chunk > steps)
      refuse('/training/tbptt_steps', `expected at most the ${steps} steps of a window, got ${chunk}`);
  }
  if (stateful && follows !== true) refuse('/training/stateful', `expected false ${follows}, got true`);
  if (stateful) errors.push(...contradictions);
  if (chunk === undefined && !stateful) return errors;
  const why = stateful ? 'stateful' : 'tbptt_steps';
  if (model.bidirectional)
    refuse(
      '/model/bidirectional',
      `expected one direction with ${why}, since the way back has no state to go on from, got both`,
    );
  if (accumulate > 1)
    refuse(
      '/training/accumulate',
      `expected 1 with ${why}, where batches go on from each other in one piece, got ${accumulate}; a smaller batch_size or shorter tbptt_steps takes less memory`,
    );
  return errors;
}
