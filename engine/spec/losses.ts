/** The losses of the engine: by name, or as an object where a loss has options of its own. */
export type PlainLoss = 'mse' | 'mae' | 'huber' | 'gaussian' | 'student_t';

export interface QuantileLoss {
  readonly type: 'quantile';
  /** Between 0 and 1, in rising order. */
  readonly quantiles: readonly number[];
}

/** Of classes: the target is the number of the right one. */
export interface CrossEntropyLoss {
  readonly type: 'cross_entropy';
  readonly label_smoothing: number;
}

/** Of labels, each by itself: the targets are 0 and 1. */
export interface BinaryCrossEntropyLoss {
  readonly type: 'binary_cross_entropy';
  /** How much a 1 of each label counts beside a 0; null: as much. */
  readonly positive_weights: readonly number[] | null;
}

/** Of numbers. */
export type RegressionLoss = PlainLoss | QuantileLoss;
export type RegressionLossKind = PlainLoss | QuantileLoss['type'];

export type LossSpecification = RegressionLoss | CrossEntropyLoss | BinaryCrossEntropyLoss;

export type LossKind = RegressionLossKind | CrossEntropyLoss['type'] | BinaryCrossEntropyLoss['type'];
