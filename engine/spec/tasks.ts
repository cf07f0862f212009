/**
 * The kinds of tasks. What goes in and what comes out decides which one a specification asks for; each has its own way to plan, prepare,
 * score, export and predict.
 */
import type { Architecture, ReaderArchitecture } from './architectures.ts';
import type { ClassificationOutput } from './classification.ts';
import type { Window } from './data.ts';
import type { NumbersInput, TextInput } from './inputs.ts';
import type { OutputSpecification } from './network.ts';
import type { RegressionOutput } from './regression.ts';
import type { TrainingSpecification } from './training-specification.ts';

/** A specification of each kind of task, once its defaults are filled in. */
export interface TaskSpecifications {
  /** Numbers of a series in, numbers of its future out. */
  forecast: TrainingSpecification & {
    readonly architecture: ReaderArchitecture;
    readonly data: { readonly window: Window; readonly inputs: readonly NumbersInput[] };
    readonly output: RegressionOutput;
  };
  /** A text in, one of several labels out. */
  classification: TrainingSpecification & {
    readonly architecture: ReaderArchitecture;
    readonly data: { readonly inputs: readonly TextInput[] };
    readonly output: ClassificationOutput;
  };
}
export type TaskKind = keyof TaskSpecifications;
export type ForecastSpecification = TaskSpecifications['forecast'];
export type ClassificationSpecification = TaskSpecifications['classification'];

/** Which task it is, by type of output and architecture; absent: there is none. */
export const tasks: Record<OutputSpecification['type'], Partial<Record<Architecture, TaskKind>>> = {
  regression: { sequence_to_vector: 'forecast', sequence_to_sequence: 'forecast' },
  classification: { sequence_to_vector: 'classification' },
};

/** The task that a resolved specification asks for. */
export function taskOf({ output, architecture }: TrainingSpecification): TaskKind {
  const task = tasks[output.type][architecture];
  if (task === undefined) throw new Error(`internal: no task of ${architecture} with ${output.type}`);
  return task;
}
