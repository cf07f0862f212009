/** What planning and preparing curves give. */
import type { CurveCard } from '../../domain/models/curve-card.ts';
import type { NumberWriting } from '../../engine/spec/decoder-shape.ts';
import type { SequenceSource } from '../../engine/training/sequence-source.ts';
import type { PreparedInputs } from '../rows/contract.ts';
import type { PlanOf } from '../tasks/contract.ts';
import type { ByPart } from '../windows/windows.ts';

export interface CurvePlan extends PlanOf<'curve'> {
  /** Steps that are written: numbers of a curve. */
  readonly writtenSteps: number;
  readonly writes: NumberWriting;
}

/** What was fitted on the training part. */
export interface FittedCurves {
  readonly features: PreparedInputs['features'];
  readonly targets: CurveCard['features']['targets'];
}

export interface PreparedCurves extends FittedCurves {
  /** Rows that are in no part, since they lack an input. */
  readonly leftOut: number;
  readonly inputs: PreparedInputs['inputs'];
  /** Gives back what the parts take, once they are not read any more. */
  readonly release: () => void;
  readonly parts: ByPart<SequenceSource>;
  readonly writes: NumberWriting;
  /** S: numbers of a curve. */
  readonly length: number;
  /** Scores scaled predictions [test rows, S, targets], rows in the order of `parts.test`, beside the mean curve; the table is read for it. */
  readonly scoreTest: (predictions: Float32Array) => Promise<CurveCard['held_out']>;
}
