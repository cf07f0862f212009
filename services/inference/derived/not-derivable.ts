/** The weights of a version don't hold what a file beside its own would need: those that are trained now do. */
export class NotDerivable extends Error {
  override readonly name = 'NotDerivable';
}
