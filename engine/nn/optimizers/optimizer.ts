/** What an optimiser is: the vectors that it keeps, the numbers of each step, and one update. */
import type { Tensor } from '../../graph/tensor.ts';

export interface Update {
  /** [P] */
  readonly parameters: Tensor;
  /** Each [P], in the order of `state`. */
  readonly state: readonly Tensor[];
}

export interface Optimizer<Specification> {
  /** Names of the vectors [P] that are kept from step to step, all 0 at first. */
  readonly state: (specification: Specification) => readonly string[];
  /** Names of the numbers that differ from step to step. */
  readonly schedule: readonly string[];
  /** Those numbers, worked out in float64. @param t - the step, counted from 1 */
  readonly scheduleAt: (specification: Specification, t: number, learningRate: number) => readonly number[];
  /**
   * @param current - parameters and state before the step
   * @param gradient - [P]
   * @param schedule - scalars, in the order of `schedule`
   * @param decayed - [P]: 1 for parameters that weight decay shrinks, 0 for others
   */
  readonly update: (
    specification: Specification,
    current: Update,
    gradient: Tensor,
    schedule: readonly Tensor[],
    decayed: Tensor,
  ) => Update;
}
