/** The losses of the engine: by name, or as an object where a loss has options of its own. */
export type PlainLoss = 'mse' | 'mae' | 'huber';

export type LossSpecification = PlainLoss;

export type LossKind = LossSpecification;
