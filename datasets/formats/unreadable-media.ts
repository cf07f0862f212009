import type { ProblemCode } from '../../domain/datasets/problem-hints.ts';

/** Thrown for a recording or an image that cannot be decoded, with words for whoever sent it. */
export class UnreadableMedia extends Error {
  override readonly name = 'UnreadableMedia';
  /** As in `problems[].code` of a dataset: `unknown_format`, `wrong_header`, `truncated`, `empty_audio`, `too_long`, … */
  readonly code: ProblemCode;

  constructor(code: ProblemCode, message: string) {
    super(message);
    this.code = code;
  }
}
