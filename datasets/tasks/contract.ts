/** What planning gives for a task of any kind, to those who ask: the API (422, dry run). */
import type { NetworkShape } from '../../engine/spec/network-shape.ts';
import type { TaskKind } from '../../engine/spec/tasks.ts';

export interface FieldProblem {
  /** JSON Pointer into the body of POST /v1/training-jobs. */
  readonly pointer: string;
  readonly message: string;
}

/** What is known of every task: the sizes of its network, and how much there is to learn from. */
export interface PlanOf<Kind extends TaskKind> extends Pick<
  NetworkShape,
  'inputSize' | 'outputSize' | 'embeddings' | 'padded'
> {
  readonly task: Kind;
  /** Examples of each part. */
  readonly windows: { readonly training: number; readonly validation: number; readonly test: number };
  /** T: steps of an example, at most. */
  readonly steps: number;
  /** What texts of the table come to, which may be less than they may come to: of a text that is read, and of one that is written. */
  readonly texts?: { readonly read?: TextSizes; readonly written?: TextSizes };
}

/** Of the texts of a table. */
export interface TextSizes {
  /** Tokens of the longest. */
  readonly steps: number;
  /** Different tokens of all of them, about. */
  readonly tokens: number;
}

export interface Planning<Plan> {
  /** Empty if and only if there is a plan. */
  readonly errors: FieldProblem[];
  readonly warnings: string[];
  readonly plan: Plan | null;
}
