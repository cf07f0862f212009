/** What planning and preparing a transduction give. */
import type { FittedFeature } from '../../domain/models/fitted-features.ts';
import type { TransductionCard } from '../../domain/models/transduction-card.ts';
import type { TokenWriting } from '../../engine/spec/decoder-shape.ts';
import type { RowInputs } from '../../engine/spec/row-inputs.ts';
import type { SequenceSource } from '../../engine/training/sequence-source.ts';
import type { TargetFeature } from '../features/target-vocabulary.ts';
import type { EncodedRows } from '../rows/encoded-rows.ts';
import type { KeptNumbers } from '../rows/kept-numbers.ts';
import type { PlanOf, Planning } from '../tasks/contract.ts';
import type { ByPart } from '../windows/windows.ts';

export interface TransductionPlan extends PlanOf<'transduction'> {
  /** Steps that are written at most, the end counted. */
  readonly writtenSteps: number;
  readonly writes: TokenWriting;
}
export type TransductionPlanning = Planning<TransductionPlan>;

/** What was fitted on the training part. */
export interface FittedTransduction {
  readonly features: readonly FittedFeature[];
  readonly target: TargetFeature;
}

/** A text that was written, with how likely it was held to be. */
export interface WrittenTokens {
  /** Without start and end. */
  readonly tokens: readonly number[];
  /** log P, the end included. */
  readonly logProbability: number;
}

/** What was written for each of the different inputs of the test part. */
export interface WrittenTest {
  readonly greedy: readonly WrittenTokens[];
  /** Of each input the best that was found first. */
  readonly beam: {
    readonly width: number;
    readonly lengthPenalty: number;
    readonly found: readonly (readonly WrittenTokens[])[];
  } | null;
  /** Mean of −log P of the symbols of all targets, their ends included. */
  readonly logLoss: number;
}

export interface PreparedTransduction extends FittedTransduction {
  readonly inputs: RowInputs;
  readonly parts: ByPart<SequenceSource>;
  readonly writes: TokenWriting;
  /** Of all rows of the table. */
  readonly encoded: EncodedRows;
  /** The rows in which each of the different inputs of the test part stands first. */
  readonly testInputs: readonly number[];
  /** Of each row of the test part which of `testInputs` it has, and the row itself, whose ids are in `targets`. */
  readonly testTargets: readonly { readonly input: number; readonly target: number }[];
  /** Ids of the targets of all rows, without start and end. */
  readonly targets: KeptNumbers;
  /** Targets beyond max_length, taken to end there. */
  readonly truncatedTargets: number;
  /** Scores what was written for each of `testInputs`, beside the baselines; the table is read for it. */
  readonly scoreTest: (written: WrittenTest) => Promise<TransductionCard['held_out']>;
  /** Gives back what inputs and targets take, once they are not read any more. */
  readonly release: () => void;
}
