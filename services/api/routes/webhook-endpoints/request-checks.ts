/** What of a request for a webhook endpoint a schema can't check. */
import { UnrollError, type FieldError } from '../../../../domain/errors/unroll-error.ts';
import { preview } from '../../../http/preview.ts';

const fewestBytes = 24;
const mostBytes = 64;
const secretPrefix = 'whsec_';

/** Throws `validation_failed`. The URL as it is kept: what the parser makes of it. */
export function checkEndpoint<Request extends { url?: string; secret?: string }>(
  request: Request,
  refuseUrl: (url: string) => string | null,
): Request {
  const errors: FieldError[] = [];
  const refused = request.url === undefined ? null : refuseUrl(request.url);
  if (refused !== null) errors.push({ pointer: '/url', message: refused });
  if (request.secret !== undefined && !isSecret(request.secret)) errors.push(badSecret);
  if (errors.length > 0)
    throw new UnrollError(
      'validation_failed',
      `The body is not as expected: ${errors.map(({ pointer, message }) => `${pointer} ${message}`).join('; ')}`,
      { errors },
    );
  return request.url === undefined ? request : { ...request, url: new URL(request.url).href };
}

/** Secrets stand in no message. */
const badSecret: FieldError = {
  pointer: '/secret',
  message: `expected ${secretPrefix} and the base64 of ${fewestBytes} to ${mostBytes} bytes`,
};

/** As it decodes and encodes again, so that whoever verifies reads the same bytes. */
function isSecret(text: string): boolean {
  if (!text.startsWith(secretPrefix)) return false;
  const base64 = text.slice(secretPrefix.length);
  const bytes = Buffer.from(base64, 'base64');
  return bytes.length >= fewestBytes && bytes.length <= mostBytes && bytes.toString('base64') === base64;
}

const lastTime = Date.UTC(9999, 11, 31);

/** Throws `validation_failed` for what the format lets pass and no calendar has. */
export function readSince(text: string): Date {
  const time = Date.parse(text.replace(/:60(?=[^:]*$|[^:]*[+-]\d\d:?\d\d$)/, ':59'));
  if (!Number.isNaN(time)) return new Date(Math.min(Math.max(time, 0), lastTime));
  const message = `expected an RFC 3339 time such as 2026-01-31T12:00:00Z, got ${preview(text)}`;
  throw new UnrollError('validation_failed', `The body is not as expected: /since ${message}`, {
    errors: [{ pointer: '/since', message }],
  });
}
