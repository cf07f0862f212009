/**
 * Bodies of inference requests: JSON, or JSON whose length the header Inference-Header-Content-Length tells, followed by the
 * tensors' bytes (binary tensor data extension). Whatever Content-Type a client names, or none.
 */
import type { FastifyRequest } from 'fastify';
import { UnrollError } from '../../../../domain/errors/unroll-error.ts';
import type { HttpServer } from '../../../http/server.ts';
import { preview } from '../../../http/preview.ts';

/** Where the bytes of an input lie that came after the JSON. */
const binary = Symbol('binary tensor data');
type MaybeBinary = { [binary]?: Buffer };

export const binaryDataOf = (input: object): Buffer | undefined => (input as MaybeBinary)[binary];

export function registerInferenceBodies(server: HttpServer): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      done(null, parse(request, body as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
}

const invalid = (message: string): UnrollError => new UnrollError('invalid_request', message);

function parse({ headers }: FastifyRequest, body: Buffer): unknown {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity')
    throw new UnrollError('unsupported_media_type', `expected no Content-Encoding, got ${preview(encoding)}`);
  const told = headers['inference-header-content-length'];
  const length = told === undefined ? body.length : Number(told);
  if (!Number.isInteger(length) || length < 0 || length > body.length)
    throw invalid(
      `expected an Inference-Header-Content-Length of at most ${body.length}, the length of the body, got ${preview(told)}`,
    );
  const request = fromJson(body.subarray(0, length).toString('utf8'));
  const end = attach(request, body, length);
  if (end !== body.length)
    throw invalid(
      `expected ${body.length - length} bytes of tensors, as came after the JSON, got ${end - length} named by binary_data_size`,
    );
  return request;
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(`expected JSON, got text that does not parse: ${(error as SyntaxError).message}`);
  }
}

/** Gives each input its bytes; answers where they end. */
function attach(request: unknown, body: Buffer, start: number): number {
  const { inputs } = (request ?? {}) as { inputs?: unknown };
  let at = start;
  for (const input of Array.isArray(inputs) ? (inputs as unknown[]) : []) {
    const { parameters } = (input ?? {}) as { parameters?: { binary_data_size?: unknown } | null };
    const size = parameters?.binary_data_size;
    if (size === undefined) continue;
    if (typeof size !== 'number' || !Number.isInteger(size) || size < 0 || at + size > body.length)
      throw invalid(
        `expected a binary_data_size within the ${body.length - at} bytes that are left, got ${preview(size)}`,
      );
    (input as MaybeBinary)[binary] = body.subarray(at, at + size);
    at += size;
  }
  return at;
}
