/** Keeps the best weights, and says when the validation loss has stopped falling. */

export interface EarlyStopping {
  readonly best: () => { readonly parameters: Float32Array; readonly loss: number; readonly epoch: number };
  /** Tells an epoch's result. True: it is time to stop. */
  readonly observe: (epoch: number, loss: number, parameters: Float32Array) => boolean;
}

/**
 * @param rule - patience: epochs without a fall of the loss by more than min_delta; null: never stop
 * @param initial - what is best before the first epoch
 */
export function earlyStopping(
  rule: { readonly patience: number; readonly min_delta: number } | null,
  initial: Float32Array,
): EarlyStopping {
  let best = { parameters: initial, loss: Infinity, epoch: 0 };
  let reference = Infinity;
  let waited = 0;
  return {
    best: () => best,
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
