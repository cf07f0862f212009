/** What a recurrent network may be asked to do: the shape of what goes in and of what comes out. */
import { Type, type Static } from 'typebox';

export const Architecture = Type.Union(
  [
    Type.Literal('sequence_to_vector'),
    Type.Literal('sequence_to_sequence'),
    Type.Literal('vector_to_sequence'),
    Type.Literal('encoder_decoder'),
  ],
  {
    description:
      'sequence_to_vector: one output after the whole window. sequence_to_sequence: one output after every step of it. vector_to_sequence: a sequence is written from the numbers of a row. encoder_decoder: a sequence is read whole, then another one is written.',
  },
);
export type Architecture = Static<typeof Architecture>;

/** Those that write a sequence step by step, of a length of its own. */
export type WriterArchitecture = Extract<Architecture, 'vector_to_sequence' | 'encoder_decoder'>;
/** Those whose outputs belong to the steps of what they read. */
export type ReaderArchitecture = Exclude<Architecture, WriterArchitecture>;

const writers: Record<Architecture, boolean> = {
  sequence_to_vector: false,
  sequence_to_sequence: false,
  vector_to_sequence: true,
  encoder_decoder: true,
};
export const isWriter = (architecture: Architecture): architecture is WriterArchitecture =>
  writers[architecture];
