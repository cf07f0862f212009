/** What a calendar says of each step, from the dates or times in `order_by`. */
import { Type, type Static } from 'typebox';

const CalendarPart = Type.Union([
  Type.Literal('minute'),
  Type.Literal('hour'),
  Type.Literal('weekday'),
  Type.Literal('day_of_month'),
  Type.Literal('day_of_year'),
  Type.Literal('month'),
  Type.Literal('quarter'),
]);
export type CalendarPart = Static<typeof CalendarPart>;

export const CalendarInput = Type.Object(
  {
    calendar: Type.Array(CalendarPart, {
      minItems: 1,
      maxItems: 7,
      description:
        'Cycles in which the dates or times (UTC) of `order_by` stand, each as sine and cosine; of forecasts. They are reckoned outside the exported file, which takes them as inputs.',
    }),
  },
  { additionalProperties: false, description: 'The calendar of each step.' },
);
export type CalendarInput = Static<typeof CalendarInput>;
