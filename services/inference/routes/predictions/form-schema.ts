/** Predictions asked by a form, for the document: the server reads a form as the request that JSON would have been, and checks that. */
import { Type } from 'typebox';
import { PredictionRequest } from './schemas.ts';

const { inputs, ...options } = PredictionRequest.properties;

/** What a part is that is named after its place: the parts of a form have no other names in common. */
const part = Type.Unsafe<string>({
  description:
    'A file as it is; or a field: JSON where it parses as such, and text otherwise. Files stand in columns of rows.',
});

export const PredictionForm = Type.Object(
  {
    request: Type.Optional(
      Type.Object(
        { inputs: Type.Optional(inputs), ...options },
        {
          additionalProperties: false,
          description:
            'JSON as it would be sent without a form, which the other parts are put into: rows and options that are no files.',
        },
      ),
    ),
  },
  {
    title: 'PredictionForm',
    description:
      'Each part is named after its place in the request, as a JSON Pointer, or after a column of the only input’s row.',
    patternProperties: { '^/inputs/[0-9]+/': part },
    additionalProperties: part,
    examples: [
      { recording: 'the bytes of a.wav', size: 3 },
      {
        request: { inputs: [{ row: { size: 3 } }, { row: { size: 4 } }], beam: 3, n_best: 2 },
        '/inputs/0/row/image': 'the bytes of a.png',
        '/inputs/1/row/image': 'the bytes of b.png',
      },
    ],
  },
);
