/** Columns of numbers. */
import { Type, type Static } from 'typebox';
import { ColumnScaling } from '../scaling.ts';
import { columnOf } from './column.ts';

export const NumbersInput = Type.Object(
  {
    column: columnOf('of numbers'),
    scaling: ColumnScaling,
    lags: Type.Optional(
      Type.Array(Type.Integer({ minimum: 1, maximum: 100_000 }), {
        minItems: 1,
        maxItems: 64,
        description:
          'Of forecasts: what stood so many rows before, too, each an input of its own. Windows need so many more rows.',
      }),
    ),
    known_ahead: Type.Optional(
      Type.Boolean({
        description:
          'Of forecasts: the numbers of the rows that are forecast are known in advance (prices, holidays) and are inputs, too; predictions are given them as `future`.',
      }),
    ),
  },
  { additionalProperties: false, description: 'A column of numbers, scaled as `data.scaling` says.' },
);
export type NumbersInput = Static<typeof NumbersInput>;
