/** What every error looks like on the wire: RFC 9457 `application/problem+json`. */
import { Type, type Static } from 'typebox';
import { errorCodes, type ErrorCode } from '../../domain/errors/error-codes.ts';
import { UnrollError, type FieldError } from '../../domain/errors/unroll-error.ts';

export const problemMediaType = 'application/problem+json';

export const Problem = Type.Object(
  {
    type: Type.String({
      format: 'uri',
      description: 'Names the kind of error; as stable as `code`.',
    }),
    title: Type.String({ description: 'The same for every error of this code.' }),
    status: Type.Integer({ description: 'The HTTP status.' }),
    detail: Type.String({ description: 'What happened this time.' }),
    code: Type.Unsafe<ErrorCode>({
      type: 'string',
      enum: Object.keys(errorCodes),
      description: 'Stable; made for programs.',
    }),
    request_id: Type.String({ description: 'The X-Request-Id of this request; in every log line about it.' }),
    errors: Type.Array(
      Type.Object(
        {
          pointer: Type.String({
            description: 'JSON Pointer into the body, or the name of a parameter after a slash.',
          }),
          message: Type.String({ description: 'What was expected there, and what came.' }),
        },
        { additionalProperties: false },
      ),
      { description: 'The fields at fault; empty when no single field is.' },
    ),
    position: Type.Optional(
      Type.Integer({ description: 'Of `stream_conflict`: how many steps the stream has read.' }),
    ),
  },
  { title: 'Problem', additionalProperties: false, description: 'An error (RFC 9457).' },
);
export type Problem = Static<typeof Problem>;

export function presentProblem(error: UnrollError, requestId: string): Problem {
  const { status, title } = errorCodes[error.code];
  return {
    type: `urn:unroll:error:${error.code}`,
    title,
    status,
    detail: error.message,
    code: error.code,
    request_id: requestId,
    errors: error.errors.map(({ pointer, message }) => ({ pointer, message })),
    ...(error.position !== undefined && { position: error.position }),
  };
}

/**
 * The `response` entries of a route for the errors that it can answer. Handlers throw errors and never send them, so
 * these add nothing to the type of what a handler may send.
 */
export function problemResponses(...codes: readonly ErrorCode[]): object {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of [...codes, 'internal' as const]) {
    const { status } = errorCodes[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, sameStatus]) => [
      status,
      {
        description: sameStatus.map((code) => `\`${code}\`: ${errorCodes[code].title}.`).join(' '),
        content: {
          [problemMediaType]: {
            schema: Problem,
            examples: Object.fromEntries(sameStatus.map((code) => [code, { value: exampleOf(code) }])),
          },
        },
      },
    ]),
  );
}

/** Codes whose errors point at fields. */
const pointing: Partial<Record<ErrorCode, FieldError>> = {
  invalid_request: { pointer: '/limit', message: 'expected an integer from 1 to 100, got 1000' },
  stream_conflict: { pointer: '/position', message: 'expected 12, where the stream stands, got 11' },
  validation_failed: {
    pointer: '/model/hidden_size',
    message: 'expected an integer from 1 to 4096, got -1',
  },
};

const exampleOf = (code: ErrorCode): Problem =>
  presentProblem(
    new UnrollError(code, pointing[code]?.message ?? errorCodes[code].title, {
      errors: pointing[code] === undefined ? [] : [pointing[code]],
      ...(code === 'stream_conflict' && { position: 12 }),
    }),
    'req_0197a4f6051470aedf5192a3b4c5d6e7',
  );
