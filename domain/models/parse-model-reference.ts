/** How a model is named in an address: `name` or `mdl_…` for its latest version, `name@3` for a certain one. */
import { UnrollError } from '../errors/unroll-error.ts';
import type { ModelReference } from '../ports/model-repository.ts';

/** Versions are counted in 32 bits. */
const greatestVersion = 2_147_483_647;

/** Throws `not_found` for what can't be the name of a version. */
export function parseModelReference(reference: string): ModelReference {
  const at = reference.lastIndexOf('@');
  if (at === -1) return { nameOrId: reference };
  const version = Number(reference.slice(at + 1));
  if (at === 0 || !/^[1-9][0-9]*$/.test(reference.slice(at + 1)) || version > greatestVersion) {
    throw new UnrollError('not_found', `expected a model's name, or name@version, got ${reference}`);
  }
  return { nameOrId: reference.slice(0, at), version };
}
