/** The one table of error codes. `docs/errors.md` is made from it; only services/http maps it to responses. */
interface ErrorDescription {
  readonly status: number;
  readonly title: string;
  readonly whatToDo: string;
}

export const errorCodes = {
  invalid_request: {
    status: 400,
    title: 'The request is not well formed',
    whatToDo: 'Correct the fields that `errors` points at.',
  },
  validation_failed: {
    status: 422,
    title: 'The request asks for something impossible',
    whatToDo: 'Correct the fields that `errors` points at.',
  },
  not_found: { status: 404, title: 'No such resource', whatToDo: 'Check the id; it may have been deleted.' },
  method_not_allowed: {
    status: 405,
    title: 'The method does not apply to this address',
    whatToDo: 'Use one of the methods that the Allow header lists.',
  },
  conflict: {
    status: 409,
    title: 'The resource is in a state that does not allow this',
    whatToDo: 'Read the resource again and act on its present status.',
  },
  stream_conflict: {
    status: 409,
    title: 'The stream stands elsewhere than the step says',
    whatToDo:
      'Go on from `position`; a step that you sent before, or another writer, has been read in the meantime.',
  },
  stream_lost: {
    status: 410,
    title: 'The stream can not go on',
    whatToDo: 'Open a new one, and send it what it has to know.',
  },
  idempotency_key_in_flight: {
    status: 409,
    title: 'A request with this Idempotency-Key is being answered',
    whatToDo: 'Wait a moment and send it again with the same key: the answer will be the first one.',
  },
  idempotency_key_reused: {
    status: 422,
    title: 'The Idempotency-Key belongs to another request',
    whatToDo: 'Use a new key for a new request; the same key only to repeat one exactly.',
  },
  precondition_failed: {
    status: 412,
    title: 'The version of the protocol is missing or not known',
    whatToDo: 'Send Tus-Resumable: 1.0.0 with requests to /v1/uploads.',
  },
  payload_too_large: {
    status: 413,
    title: 'The body is too large',
    whatToDo: 'Send less, or raise MAX_UPLOAD_BYTES.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'The Content-Type is not supported',
    whatToDo: 'Send one of the types that `detail` lists.',
  },
  range_not_satisfiable: {
    status: 416,
    title: 'The range lies outside the file',
    whatToDo: 'Ask for bytes below the length in Content-Range.',
  },
  upload_incomplete: {
    status: 400,
    title: 'The upload broke off',
    whatToDo: 'Send the file again; nothing was kept.',
  },
  storage_full: {
    status: 507,
    title: 'The storage is full',
    whatToDo:
      'Delete datasets or models that are not needed, or give DATA_DIR more room; then send it again.',
  },
  internal: {
    status: 500,
    title: 'Something went wrong inside Unroll',
    whatToDo: 'Report it with the request_id; the log has the cause.',
  },
  unavailable: {
    status: 503,
    title: 'A part that is needed is not available',
    whatToDo: 'Try again after the time in Retry-After; see /readyz.',
  },
  overloaded: {
    status: 503,
    title: 'More is asked than can be answered now',
    whatToDo:
      'Try again after the time in Retry-After; where it goes on, add inference processes or threads.',
  },
  download_failed: {
    status: 502,
    title: 'The file could not be fetched from its address',
    whatToDo: 'See what its server said in `detail`; try again, or upload the file itself.',
  },
  deadline_exceeded: {
    status: 504,
    title: 'The answer was not ready in time',
    whatToDo: 'Ask for less at once, or give it more time (`timeout_ms`, PREDICTION_TIMEOUT_MS).',
  },
} as const satisfies Record<string, ErrorDescription>;

export type ErrorCode = keyof typeof errorCodes;
