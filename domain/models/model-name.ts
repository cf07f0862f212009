/** The names that models may have: they stand in URLs, and `@` parts a name from a version. */
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { UnrollError } from '../errors/unroll-error.ts';

export const ModelName = Type.String({
  minLength: 1,
  maxLength: 128,
  pattern: '^(?!mdl_)[A-Za-z0-9][A-Za-z0-9._-]*$',
  description:
    'Letters, digits, `.`, `_` and `-`, not starting with `mdl_`. A new version of this model comes out.',
});

/** The name that was asked for, or one made of the dataset's. Throws `validation_failed`. */
export function modelNameFor(asked: string | undefined, dataset: { id: string; name: string }): string {
  if (asked === undefined) {
    const made = dataset.name
      .toLowerCase()
      .replace(/\.[a-z0-9]{1,8}$/, '')
      .replace(/[^a-z0-9._-]+/g, '-')
      .replace(/^[._-]+|[._-]+$/g, '')
      .slice(0, 128);
    return Value.Check(ModelName, made) ? made : `model-of-${dataset.id}`;
  }
  if (!Value.Check(ModelName, asked))
    throw new UnrollError('validation_failed', 'The model can not have this name.', {
      errors: [
        {
          pointer: '/name',
          message: `expected letters, digits, ".", "_" and "-", at most 128, not starting with "mdl_", got ${JSON.stringify(asked)}`,
        },
      ],
    });
  return asked;
}
