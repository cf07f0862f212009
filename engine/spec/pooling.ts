/** How what the steps of a sequence came to becomes the one vector that a single output is made of. */
import { Type, type Static } from 'typebox';

export const Pooling = Type.Union([Type.Literal('last'), Type.Literal('mean'), Type.Literal('max')], {
  description:
    'Of sequence_to_vector: what the output is made of. last: the state after the last step (the way back: after the first). mean, max: of each unit of the topmost layer the mean, or the largest value, over all steps of the example (Keras calls them GlobalAveragePooling1D and GlobalMaxPooling1D); padding takes no part. For long sequences of which any place may tell, as mails. last if absent.',
});
export type Pooling = Static<typeof Pooling>;
