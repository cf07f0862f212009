/** What the cards of all tasks say in which each row is an example. */
import { Type } from 'typebox';
import { FittedFeature } from './fitted-features.ts';

export const Label = Type.Union([Type.String(), Type.Number(), Type.Boolean()]);

export const rowParts = Type.Object(
  {
    training_rows: Type.Integer(),
    validation_rows: Type.Integer(),
    test_rows: Type.Integer(),
    left_out_rows: Type.Optional(
      Type.Integer({ description: 'Rows in no part, since they lack an input, with `data.missing` drop.' }),
    ),
  },
  { additionalProperties: false },
);

export const fittedInputs = Type.Array(FittedFeature, { description: 'In the order of the inputs.' });

export const aboutFeatures = 'What was fitted on the training part, as it is used in predictions.';

/** Area under the ROC curve. */
export const areaUnderCurve = (description: string) =>
  Type.Optional(Type.Union([Type.Number(), Type.Null()], { description }));
