/**
 * The kinds of tasks. What goes in and what comes out decides which one a specification asks for; each has its own way to plan, prepare,
 * score, export and predict.
 */
import { Type } from 'typebox';
import type { Architecture, ReaderArchitecture, WriterArchitecture } from './architectures.ts';
import type { ClassificationOutput } from './classification.ts';
import type { Window } from './data.ts';
import type { CalendarInput, CategoriesInput, NumbersInput, TextInput } from './inputs.ts';
import type { MultilabelOutput } from './multilabel.ts';
import type { OutputSpecification } from './network.ts';
import type { RegressionOutput } from './regression.ts';
import type { TextTarget } from './targets.ts';
import type { SearchedTokens, TokensOutput } from './tokens.ts';
import type { TrainingSpecification } from './training-specification.ts';

type LabelledSeries<Kind extends ReaderArchitecture> = TrainingSpecification & {
  readonly architecture: Kind;
  readonly data: {
    readonly inputs: readonly (NumbersInput | CategoriesInput)[];
    readonly group_by: string;
  };
  readonly output: ClassificationOutput;
};

/** A specification of each kind of task, once its defaults are filled in. */
export interface TaskSpecifications {
  /** Numbers of a series in, numbers of its future out. */
  forecast: TrainingSpecification & {
    readonly architecture: Exclude<Architecture, 'vector_to_sequence'>;
    readonly data: {
      readonly window: Window;
      readonly inputs: readonly (NumbersInput | CategoriesInput | CalendarInput)[];
    };
    readonly output: RegressionOutput;
  };
  /** A row in, one of several labels out. */
  classification: TrainingSpecification & {
    readonly architecture: ReaderArchitecture;
    readonly output: ClassificationOutput;
  };
  /** A row in, any of several labels out. */
  multilabel: TrainingSpecification & {
    readonly architecture: ReaderArchitecture;
    readonly output: MultilabelOutput;
  };
  /** A row in, numbers out. */
  regression: TrainingSpecification & {
    readonly architecture: ReaderArchitecture;
    readonly output: RegressionOutput;
  };
  /** A series of rows in, one of several labels out. */
  series_classification: LabelledSeries<'sequence_to_vector'>;
  /** A series of rows in, one of several labels out for each of them. */
  tagging: LabelledSeries<'sequence_to_sequence'>;
  /** A row in, vectors out, written step by step. */
  curve: TrainingSpecification & {
    readonly architecture: 'vector_to_sequence';
    readonly output: RegressionOutput;
  };
  /** A text in, what comes next out, after every step. */
  language_model: TrainingSpecification & {
    readonly architecture: ReaderArchitecture;
    readonly data: { readonly inputs: readonly TextInput[] };
    readonly output: TokensOutput;
  };
  /** A row in, another text out, written symbol by symbol. */
  transduction: TrainingSpecification & {
    readonly architecture: WriterArchitecture;
    readonly data: { readonly targets: readonly TextTarget[] };
    readonly output: SearchedTokens;
  };
}
export type TaskKind = keyof TaskSpecifications;
export type ForecastSpecification = TaskSpecifications['forecast'];
export type ClassificationSpecification = TaskSpecifications['classification'];
export type MultilabelSpecification = TaskSpecifications['multilabel'];
export type RegressionSpecification = TaskSpecifications['regression'];
export type LabelledSeriesSpecification = TaskSpecifications['series_classification' | 'tagging'];
/** Of the tasks whose network reads an example and tells of it. */
export type ReaderSpecification = TaskSpecifications[
  'classification' | 'multilabel' | 'regression' | 'series_classification' | 'tagging'];
export type CurveSpecification = TaskSpecifications['curve'];
export type LanguageModelSpecification = TaskSpecifications['language_model'];
export type TransductionSpecification = TaskSpecifications['transduction'];

const kinds: Record<TaskKind, true> = {
  forecast: true,
  classification: true,
  multilabel: true,
  regression: true,
  curve: true,
  series_classification: true,
  tagging: true,
  language_model: true,
  transduction: true,
};
export const TaskName = Type.Unsafe<TaskKind>(
  Type.Union(Object.keys(kinds).map((kind) => Type.Literal(kind))),
);

/** Which task it is, by type of output and architecture; absent: there is none. A regression that has no window is one of rows, a classification of groups one of series. */
export const tasks: Record<OutputSpecification['type'], Partial<Record<Architecture, TaskKind>>> = {
  regression: {
    sequence_to_vector: 'forecast',
    sequence_to_sequence: 'forecast',
    encoder_decoder: 'forecast',
    vector_to_sequence: 'curve',
  },
  classification: { sequence_to_vector: 'classification', sequence_to_sequence: 'tagging' },
  multilabel: { sequence_to_vector: 'multilabel' },
  tokens: {
    sequence_to_sequence: 'language_model',
    encoder_decoder: 'transduction',
    vector_to_sequence: 'transduction',
  },
};

/** The task that a specification asks for; undefined: there is none. */
export function findTask({ output, architecture, data }: TrainingSpecification): TaskKind | undefined {
  const task = tasks[output.type][architecture];
  const isOfRows = data.window === undefined && architecture === 'sequence_to_vector';
  if (task === 'forecast' && isOfRows) return 'regression';
  return task === 'classification' && data.group_by !== undefined ? 'series_classification' : task;
}

/** The task that a resolved specification asks for. */
export function taskOf(specification: TrainingSpecification): TaskKind {
  const task = findTask(specification);
  if (task === undefined)
    throw new Error(`internal: no task of ${specification.architecture} with ${specification.output.type}`);
  return task;
}
