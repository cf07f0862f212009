/** Output of a regression: numbers, and what is said of how sure they are. */
import { Type, type Static } from 'typebox';
import type { RegressionLoss, RegressionLossKind } from './losses.ts';

export const RegressionOutput = Type.Object(
  {
    type: Type.Literal('regression', { default: 'regression' }),
    loss: Type.Union(
      [
        Type.Literal('mse'),
        Type.Literal('mae'),
        Type.Literal('huber'),
        Type.Literal('quantile'),
        Type.Literal('gaussian'),
        Type.Literal('student_t'),
      ],
      {
        default: 'mse',
        description:
          'Of the scaled targets. One number for each: `mse`, mean squared error; `mae`, mean absolute error; `huber`, squared up to a distance of 1, absolute beyond. How sure it is, too: `quantile`, pinball loss of the `quantiles`; `gaussian` and `student_t`, negative log-likelihood of a normal distribution, or of Student’s with degrees of freedom that are learnt.',
      },
    ),
    quantiles: Type.Optional(
      Type.Array(Type.Number({ minimum: 0.001, maximum: 0.999 }), {
        minItems: 1,
        maxItems: 19,
        description:
          'Which quantiles are forecast, in rising order; those that lie as far from 0.5 on either side bound an interval: 0.1 and 0.9 one of 80 %. [0.1, 0.5, 0.9] by default, with the losses that know of a distribution.',
      }),
    ),
    calibration: Type.Optional(
      Type.Union([Type.Literal('conformal'), Type.Literal('none')], {
        description:
          'Whether quantiles are moved so that they keep what they promise on the validation part (conformalized quantile regression, Romano et al. 2019); `conformal` by default, with the losses that know of a distribution.',
      }),
    ),
  },
  {
    additionalProperties: false,
    description: 'Numbers of the target columns, with quantiles where the loss knows of a distribution.',
  },
);
export type RegressionOutput = Static<typeof RegressionOutput>;

/** Outputs of the head for each number of a target; null: one for each quantile. */
const outputsPerTarget: Record<RegressionLossKind, number | null> = {
  mse: 1,
  mae: 1,
  huber: 1,
  quantile: null,
  gaussian: 2,
  student_t: 3,
};

/** Whether the loss says how sure a forecast is. */
export const knowsDistribution = (loss: RegressionLossKind): boolean => outputsPerTarget[loss] !== 1;

const defaultQuantiles = [0.1, 0.5, 0.9];

/** The same with what depends on the loss filled in. */
export const resolveRegression = (output: RegressionOutput): RegressionOutput =>
  knowsDistribution(output.loss)
    ? { quantiles: defaultQuantiles, calibration: 'conformal', ...output }
    : output;

/** The levels of the quantiles that are told; none of losses of one number. */
export const quantileLevels = ({ loss, quantiles = [] }: RegressionOutput): readonly number[] =>
  knowsDistribution(loss) ? quantiles : [];

/** The loss of a resolved output, as the engine has it. */
export const regressionLoss = (output: RegressionOutput): RegressionLoss =>
  output.loss === 'quantile' ? { type: 'quantile', quantiles: quantileLevels(output) } : output.loss;

/** P: how many outputs the head of a network needs. */
export const headSize = (output: RegressionOutput, targetSize: number): number =>
  targetSize * (outputsPerTarget[output.loss] ?? quantileLevels(output).length);
