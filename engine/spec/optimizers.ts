/** The optimisers that a specification can name; their fields are PyTorch's. */
import { Type, type Static } from 'typebox';

const learningRate = (standard: number) =>
  Type.Number({ exclusiveMinimum: 0, maximum: 10, default: standard });
/** Bounded below, since the runtime reckons in float32, where less is 0. */
const epsilon = Type.Number({ minimum: 1e-30, maximum: 1, default: 1e-8 });
const share = (standard: number) => Type.Number({ minimum: 0, exclusiveMaximum: 1, default: standard });
const weightDecay = (standard: number) =>
  Type.Number({
    minimum: 0,
    maximum: 10,
    default: standard,
    description:
      'Of weight matrices alone: biases, gains, peepholes and initial states are left as they are.',
  });

export const SgdSpecification = Type.Object(
  {
    type: Type.Literal('sgd'),
    learning_rate: learningRate(0.01),
    momentum: share(0),
    nesterov: Type.Boolean({ default: false }),
    weight_decay: weightDecay(0),
  },
  { additionalProperties: false, description: 'Stochastic gradient descent, with momentum if it is not 0.' },
);

export const RmspropSpecification = Type.Object(
  {
    type: Type.Literal('rmsprop'),
    learning_rate: learningRate(0.001),
    alpha: share(0.99),
    epsilon,
    weight_decay: weightDecay(0),
  },
  { additionalProperties: false, description: 'RMSprop (Tieleman & Hinton 2012).' },
);

export const AdamSpecification = Type.Object(
  {
    type: Type.Literal('adam', { default: 'adam' }),
    learning_rate: learningRate(0.001),
    beta1: share(0.9),
    beta2: share(0.999),
    epsilon,
  },
  { additionalProperties: false, description: 'Adam (Kingma & Ba 2015).' },
);

export const AdamwSpecification = Type.Object(
  {
    type: Type.Literal('adamw'),
    learning_rate: learningRate(0.001),
    beta1: share(0.9),
    beta2: share(0.999),
    epsilon,
    weight_decay: weightDecay(0.01),
  },
  {
    additionalProperties: false,
    description: 'Adam with decoupled weight decay (Loshchilov & Hutter 2019).',
  },
);

export const OptimizerSpecification = Type.Union(
  [AdamSpecification, AdamwSpecification, SgdSpecification, RmspropSpecification],
  { default: { type: 'adam' } },
);

export type SgdSpecification = Static<typeof SgdSpecification>;
export type RmspropSpecification = Static<typeof RmspropSpecification>;
export type AdamSpecification = Static<typeof AdamSpecification>;
export type AdamwSpecification = Static<typeof AdamwSpecification>;
export type OptimizerSpecification = Static<typeof OptimizerSpecification>;
export type OptimizerKind = OptimizerSpecification['type'];
