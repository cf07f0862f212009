/** What a recurrent network may be asked to do: the shape of what goes in and of what comes out. */
import { Type, type Static } from 'typebox';

export const Architecture = Type.Union(
  [Type.Literal('sequence_to_vector'), Type.Literal('sequence_to_sequence')],
  {
    description:
      'sequence_to_vector: one output after the whole window. sequence_to_sequence: one output after every step of it.',
  },
);
export type Architecture = Static<typeof Architecture>;
