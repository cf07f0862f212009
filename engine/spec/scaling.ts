/** How columns of numbers become numbers of a like size, and what that is taken from. */
import { Type, type Static } from 'typebox';

const scalingTypes = [
  Type.Literal('standard'),
  Type.Literal('minmax'),
  Type.Literal('robust'),
  Type.Literal('log'),
  Type.Literal('none'),
] as const;

const ScalingType = Type.Union([...scalingTypes], {
  default: 'standard',
  description:
    'standard: subtract the mean, divide by the deviation. minmax: subtract the smallest, divide by the range. robust: subtract the median, divide by the interquartile range. log: standard scaling of ln(1 + x), for columns without negative numbers. none: as they are.',
});

/** Of one column, instead of that of all. */
export const ColumnScaling = Type.Optional(
  Type.Union([...scalingTypes], {
    description: 'How this column is scaled, instead of as `data.scaling` says; not with scaling per window.',
  }),
);

const ScalingScope = Type.Union(
  [Type.Literal('training'), Type.Literal('series'), Type.Literal('window'), Type.Literal('last_value')],
  {
    default: 'training',
    description:
      'What the figures are taken from: the training part of all series; the training part of each series (one that training did not have gets those of all); the rows of each window itself, which is what follows a trend out of the range that training saw; or last_value: differences from the last value of each window, read and forecast, divided by the usual size of such differences in training (standard, or log for differences of logarithms), so that forecasting no change is easy. Of rows that are examples: training.',
  },
);

export const Scaling = Type.Union(
  [
    ScalingType,
    Type.Object(
      { type: ScalingType, per: ScalingScope },
      { additionalProperties: false, description: 'A type, and what it is taken from.' },
    ),
  ],
  {
    default: 'standard',
    description:
      'How numbers are scaled; a type alone is `per` training. Rows and series that are examples of their own are scaled per training.',
  },
);

export type ScalingType = Static<typeof ScalingType>;
export type ScalingScope = Static<typeof ScalingScope>;
export type Scaling = Static<typeof Scaling>;

/** The same with both parts named. */
export const scalingOf = (scaling: Scaling): { readonly type: ScalingType; readonly per: ScalingScope } =>
  typeof scaling === 'string' ? { type: scaling, per: 'training' } : scaling;

/** The type of a column's scaling: its own, or that of all. */
export const columnScaling = (
  { scaling }: { readonly scaling: Scaling },
  own: { readonly scaling?: ScalingType | undefined } = {},
): ScalingType => own.scaling ?? scalingOf(scaling).type;

/** Whether figures are taken from the rows of each window. */
export const isFromWindow = (per: ScalingScope): boolean => per === 'window' || per === 'last_value';

/** Figures of C columns: scaled = (f(x) − mean) / std, f being ln(1 + x) with `log` and nothing otherwise. */
export interface ColumnFigures {
  /** What is subtracted, [C]. */
  readonly mean: number[];
  /** What is divided by, [C]. */
  readonly std: number[];
}

/** Scaling once it is fitted; JSON, since it is stored with a model. */
export interface FittedScaling extends ColumnFigures {
  /** Of all columns, or of those for which it is true, [C]. */
  readonly log?: true | readonly boolean[];
  /** Of each series that training had; the figures above are for all others. */
  readonly series?: readonly ColumnFigures[];
  /** The window's own figures instead of those above, which are not used: `statistic` of its rows of the input columns `from` [C], with a std of at least `floor` [C], which it always is of `last`, the last of these rows. */
  readonly window?: {
    readonly statistic: 'standard' | 'minmax' | 'last';
    readonly floor: number[];
    readonly from: number[];
  };
}

/** Whether a column is scaled as the logarithm of 1 and its number. */
export const isLogarithmic = ({ log }: Pick<FittedScaling, 'log'>, column: number): boolean =>
  log === true || (log?.[column] ?? false);
