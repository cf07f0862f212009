/** What stops a setup and is the reader's to mend: the message says what happened and what to do. */
export class SetupError extends Error {
  name = 'SetupError';
}
