/**
 * Unions of objects that have no common `type`: the first of these fields that an object has tells which branch is meant, by its presence or by its value; without
 * any of them it is the branch that needs none. Validation tells what is wrong with that branch alone.
 */
export const toldByKeyword = 'x-told-by';

export const toldBy = (...fields: readonly string[]) => ({ [toldByKeyword]: fields });
