/** What keeps Unroll from starting and is the reader's to mend: shown as its message alone, without a stack. */
export class LaunchError extends Error {
  override readonly name = 'LaunchError';
}
