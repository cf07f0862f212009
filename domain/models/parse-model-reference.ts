/** How a model is named in an address: `name` or `mdl_…` for its latest version, `name@3` for a certain one, `name@production` for what an alias names. */
import { UnrollError } from '../errors/unroll-error.ts';
import type { ModelReference } from '../ports/model-repository.ts';

/** Versions are counted in 32 bits. */
const greatestVersion = 2_147_483_647;

/** Aliases are no numbers: those are versions. */
export const aliasPattern = '^[A-Za-z][A-Za-z0-9._-]{0,63}$';
const isAlias = new RegExp(aliasPattern);

/** Throws `not_found` for what can't be the name of a version. */
export function parseModelReference(reference: string): ModelReference {
  const at = reference.lastIndexOf('@');
  if (at === -1) return { nameOrId: reference };
  const [nameOrId, suffix] = [reference.slice(0, at), reference.slice(at + 1)];
  if (at > 0 && isAlias.test(suffix)) return { nameOrId, alias: suffix };
  const version = Number(suffix);
  if (at === 0 || !/^[1-9][0-9]*$/.test(suffix) || version > greatestVersion) {
    throw new UnrollError(
      'not_found',
      `expected a model's name, name@version or name@alias, got ${reference}`,
    );
  }
  return { nameOrId, version };
}
