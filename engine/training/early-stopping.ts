/** Keeps the best weights, and says when the validation loss has stopped falling. */

export interface BestWeights {
  readonly parameters: Float32Array;
  readonly loss: number;
  readonly epoch: number;
}

/** What is remembered between epochs. */
export interface EarlyStoppingState {
  /** Null before the first epoch. */
  readonly best: BestWeights | null;
  /** The loss that is to be undercut; null before the first epoch. */
  readonly reference: number | null;
  /** Epochs since then. */
  readonly waited: number;
}

export interface EarlyStopping {
  readonly best: () => BestWeights;
  readonly state: () => EarlyStoppingState;
  /** Tells an epoch's result. True: it is time to stop. */
  readonly observe: (epoch: number, loss: number, parameters: Float32Array) => boolean;
}

/**
 * @param rule - patience: epochs without a fall of the loss by more than min_delta; null: never stop
 * @param initial - what is best before the first epoch
 * @param state - to go on from
 */
export function earlyStopping(
  rule: { readonly patience: number; readonly min_delta: number } | null,
  initial: Float32Array,
  state: EarlyStoppingState = { best: null, reference: null, waited: 0 },
): EarlyStopping {
  let best = state.best ?? { parameters: initial, loss: Infinity, epoch: 0 };
  let reference = state.reference ?? Infinity;
  let { waited } = state;
  return {
    best: () => best,
    state: () => ({
      best: best.epoch === 0 ? null : best,
      reference: Number.isFinite(reference) ? reference : null,
      waited,
    }),
    observe: (epoch, loss, parameters) => {
      if (loss < best.loss) best = { parameters, loss, epoch };
      if (loss < reference - (rule?.min_delta ?? 0)) {
        reference = loss;
        waited = 0;
      } else {
        waited++;
      }
      return rule !== null && waited >= rule.patience;
    },
  };
}
