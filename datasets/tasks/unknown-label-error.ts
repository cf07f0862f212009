/** A table has a label that those of another training, whose weights this one begins with, don't have. */
export class UnknownLabelError extends Error {
  override readonly name = 'UnknownLabelError';

  /** @param known - the labels that there are; @param label - the other one */
  constructor(known: readonly unknown[], label: unknown) {
    super(`expected the labels ${JSON.stringify(known)}, got ${JSON.stringify(label)} too`);
  }
}
