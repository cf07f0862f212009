/** Aliases of models on the wire. */
import { Type, type Static } from 'typebox';
import { aliasPattern } from '../../../../domain/models/parse-model-reference.ts';
import { Timestamp } from '../../../http/answers.ts';

const Version = Type.Integer({ minimum: 1, maximum: 2_147_483_647 });

export const AliasParams = Type.Object({
  ref: Type.String({ description: 'A model’s name or id.' }),
  alias: Type.String({
    pattern: aliasPattern,
    description: 'A letter, then letters, digits, `.`, `_` and `-`.',
  }),
});

export const AliasRequest = Type.Object(
  {
    version: Type.Optional(Type.Integer({ ...Version, description: 'The one version that answers.' })),
    weights: Type.Optional(
      Type.Record(Type.String({ pattern: '^[1-9][0-9]*$' }), Type.Number({ exclusiveMinimum: 0 }), {
        description:
          'Instead of `version`: by version, the share of the requests that it answers. They are divided by their sum.',
      }),
    ),
    shadow: Type.Optional(
      Type.Integer({
        ...Version,
        description: 'Gets the same requests beside; its answers are counted and thrown away.',
      }),
    ),
  },
  { title: 'ModelAliasRequest', additionalProperties: false, examples: [{ weights: { 3: 0.9, 4: 0.1 } }] },
);
export type AliasRequest = Static<typeof AliasRequest>;

export const AliasResource = Type.Object(
  {
    alias: Type.String(),
    weights: Type.Record(Type.String(), Type.Number(), { description: 'By version; they come to 1.' }),
    shadow: Type.Union([Type.Integer(), Type.Null()]),
    created_at: Timestamp,
    updated_at: Timestamp,
  },
  { title: 'ModelAlias', additionalProperties: false },
);
export type AliasResource = Static<typeof AliasResource>;

export const AliasList = Type.Object(
  { data: Type.Array(AliasResource) },
  { title: 'ModelAliasList', additionalProperties: false },
);
