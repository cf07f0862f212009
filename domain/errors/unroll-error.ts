/** The one error that crosses rooms: a stable code, what happened, and where in the request or the data. */
import type { ErrorCode } from './error-codes.ts';

export interface FieldError {
  /** JSON Pointer (RFC 6901) into the request body, or `/rows/<n>/<column>` in data. */
  readonly pointer: string;
  readonly message: string;
}

export class UnrollError extends Error {
  override readonly name = 'UnrollError';
  readonly code: ErrorCode;
  readonly errors: readonly FieldError[];
  /** Of `stream_conflict`: how many steps the stream has read. */
  readonly position: number | undefined;

  constructor(
    code: ErrorCode,
    detail: string,
    options: { errors?: readonly FieldError[]; cause?: unknown; position?: number } = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.errors = options.errors ?? [];
    this.position = options.position;
  }
}
