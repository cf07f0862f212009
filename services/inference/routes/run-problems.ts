/** What a request that runs a model can come to, beside its answer: the same for predictions, streams and traces. */
import type { ErrorCode } from '../../../domain/errors/error-codes.ts';

export const runProblems = [
  'invalid_request',
  'not_found',
  'payload_too_large',
  'unsupported_media_type',
  'validation_failed',
  'unavailable',
  'overloaded',
  'deadline_exceeded',
] as const satisfies readonly ErrorCode[];
