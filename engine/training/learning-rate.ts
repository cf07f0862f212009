/** The learning rate of each step. */
import type { LearningRateSchedule } from '../spec/learning-rate-schedules.ts';

/** What reduce_on_plateau remembers. */
export interface PlateauState {
  readonly factor: number;
  /** The lowest validation loss so far; null before the first. */
  readonly best: number | null;
  /** Epochs since then. */
  readonly waited: number;
}

export interface LearningRate {
  /** @param step - counted from 0 */
  readonly at: (step: number) => number;
  /** Tells the validation loss of an epoch. */
  readonly observe: (validationLoss: number) => void;
  /** What it has learnt from the losses that it was told; null when its schedule goes by the step alone. */
  readonly state: () => PlateauState | null;
}

interface Extent {
  readonly stepsPerEpoch: number;
  readonly epochs: number;
}

interface Factor {
  readonly at: (step: number) => number;
  readonly observe?: (validationLoss: number) => void;
  readonly state?: () => PlateauState;
}
type Kind = LearningRateSchedule['type'];

/** Half a cosine from one value to another; share from 0 to 1. */
const cosineBetween = (from: number, to: number, share: number): number =>
  to + ((from - to) * (1 + Math.cos(Math.PI * Math.min(share, 1)))) / 2;

const factors: {
  readonly [K in Kind]: (
    schedule: Extract<LearningRateSchedule, { type: K }>,
    extent: Extent,
    state: PlateauState | null,
  ) => Factor;
} = {
  constant: () => ({ at: () => 1 }),
  step: ({ every_epochs: every, factor }, { stepsPerEpoch }) => ({
    at: (step) => factor ** Math.floor(Math.floor(step / stepsPerEpoch) / every),
  }),
  cosine: ({ final_factor: final }, { stepsPerEpoch, epochs }) => ({
    at: (step) => cosineBetween(1, final, step / (stepsPerEpoch * epochs)),
  }),
  one_cycle: (schedule, { stepsPerEpoch, epochs }) => {
    const { rising_share: rising, initial_factor: initial, final_factor: final } = schedule;
    const last = Math.max(1, stepsPerEpoch * epochs - 1);
    return {
      at: (step) => {
        const share = step / last;
        return share < rising
          ? cosineBetween(initial, 1, share / rising)
          : cosineBetween(1, final, (share - rising) / (1 - rising));
      },
    };
  },
  reduce_on_plateau: ({ factor, patience }, _extent, state) => {
    let [current, best, waited] = [state?.factor ?? 1, state?.best ?? Infinity, state?.waited ?? 0];
    return {
      at: () => current,
      observe: (loss) => {
        waited = loss < best ? 0 : waited + 1;
        best = Math.min(best, loss);
        if (waited > patience) [current, waited] = [current * factor, 0];
      },
      state: () => ({ factor: current, best: Number.isFinite(best) ? best : null, waited }),
    };
  },
};

/**
 * @param warmupSteps - over which the rate rises in equal steps to what the schedule says
 * @param state - to go on from
 */
export function learningRate(
  base: number,
  schedule: LearningRateSchedule,
  warmupSteps: number,
  extent: Extent,
  state: PlateauState | null = null,
): LearningRate {
  const make = factors[schedule.type] as (
    schedule: LearningRateSchedule,
    extent: Extent,
    state: PlateauState | null,
  ) => Factor;
  const factor = make(schedule, extent, state);
  return {
    at: (step) => base * factor.at(step) * Math.min(1, (step + 1) / (warmupSteps + 1)),
    observe: (loss) => factor.observe?.(loss),
    state: () => factor.state?.() ?? null,
  };
}
