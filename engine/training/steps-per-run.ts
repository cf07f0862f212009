/**
 * How many optimiser steps one run of the program takes: enough that parameters seldom cross the border to the runtime,
 * few enough that progress and cancellation stay fresh. It changes no value: the steps are the same.
 */
const targetMs = 150;
/** Batches of one run, in float32 numbers: 64 MB. */
const maxNumbers = 16 * 2 ** 20;

export interface StepsPerRun {
  readonly current: () => number;
  /** Tells how long a run took. */
  readonly measured: (steps: number, milliseconds: number) => void;
}

/** @param numbersPerStep - of one batch's inputs and targets */
export function stepsPerRun(numbersPerStep: number): StepsPerRun {
  const most = Math.max(1, Math.floor(maxNumbers / numbersPerStep));
  let steps = 1;
  return {
    current: () => steps,
    measured: (taken, milliseconds) => {
      const fitting = Math.floor((targetMs * taken) / Math.max(milliseconds, 0.01));
      // at most four times as many as before: the first runs are slower than those that follow
      steps = Math.max(1, Math.min(fitting, steps * 4, most));
    },
  };
}
