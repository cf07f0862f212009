/**
 * Predictions asked by multipart/form-data, so that files need no base64: the form becomes the request that JSON would have been, read by the same code.
 *
 * A part's name says where its value goes: a column of the only input's row, or a JSON Pointer into the request (`/inputs/1/row/recording`). A part
 * `request` is the JSON that the others are put into. Files are taken as they are; a field is JSON where it parses as such, and text otherwise.
 */
import { buffer } from 'node:stream/consumers';
import { Busboy } from '@fastify/busboy';
import { UnrollError } from '../../../../domain/errors/unroll-error.ts';
import { escapePointer } from '../../../http/pointer.ts';
import { preview } from '../../../http/preview.ts';
import type { HttpServer } from '../../../http/server.ts';
import { notePart } from './form-parts.ts';

export const formMediaType = 'multipart/form-data';

const mostParts = 1000;
/** A field as text, a file as its bytes. */
type Part = readonly [name: string, value: string | Uint8Array];

export function registerFormBodies(server: HttpServer): void {
  server.addContentTypeParser(
    formMediaType,
    { parseAs: 'buffer' },
    async (request: unknown, body: Buffer) => {
      const { headers } = request as { headers: { 'content-type'?: string } };
      return requestOf(await partsOf(body, headers['content-type'] ?? ''));
    },
  );
}

function partsOf(body: Buffer, type: string): Promise<readonly Part[]> {
  return new Promise((resolve, reject) => {
    const refuse = (cause: unknown): void =>
      reject(
        new UnrollError('invalid_request', 'expected a whole form with a boundary, got something else', {
          cause,
        }),
      );
    const parts: Promise<Part>[] = [];
    try {
      // What is too long for the server has been refused already: nothing is cut off here.
      const size = body.length + 1;
      const parser = new Busboy({
        headers: { 'content-type': type },
        limits: { fieldNameSize: size, fieldSize: size, fileSize: size },
      });
      parser.on('file', (name, stream) => {
        parts.push(buffer(stream).then((bytes): Part => [name, bytes]));
      });
      parser.on('field', (name, value) => parts.push(Promise.resolve<Part>([name, value])));
      parser.on('error', refuse);
      parser.on('finish', () => {
        Promise.all(parts).then(resolve, refuse);
      });
      parser.end(body);
    } catch (error) {
      refuse(error);
    }
  });
}

/** Throws `invalid_request` for a part whose name leads nowhere. */
export function requestOf(parts: readonly Part[]): unknown {
  if (parts.length === 0 || parts.length > mostParts)
    throw new UnrollError(
      'invalid_request',
      `expected 1 to ${mostParts} parts in the form, got ${parts.length}`,
    );
  const given = parts.filter(([name]) => name === 'request');
  if (given.length > 1) throw twice('request');
  const request: unknown = given[0] === undefined ? {} : jsonOf(given[0][1]);
  const seen = new Set<string>();
  for (const [name, value] of parts) {
    if (name === 'request') continue;
    // All inputs are JSON: a column of that name has to be named by its place.
    if (name === 'inputs') throw nowhere(name);
    if (seen.has(name)) throw twice(name);
    seen.add(name);
    put(request, name.startsWith('/') ? name : `/inputs/0/row/${escapePointer(name)}`, value);
  }
  return request;
}

const twice = (name: string): UnrollError =>
  new UnrollError('invalid_request', `expected one part of a name, got two named ${preview(name)}`);

const nowhere = (name: string): UnrollError =>
  new UnrollError(
    'invalid_request',
    `expected parts named after a column, "request" (JSON that the others are put into), or a place such as /inputs/1/row/recording, got ${preview(name)}`,
  );

function jsonOf(value: string | Uint8Array): unknown {
  try {
    return JSON.parse(typeof value === 'string' ? value : Buffer.from(value).toString());
  } catch (error) {
    throw new UnrollError(
      'invalid_request',
      `expected JSON in the part "request", got text that does not parse: ${(error as SyntaxError).message}`,
    );
  }
}

function fieldOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Puts a value where the pointer leads, making lists and objects on the way. */
function put(request: unknown, pointer: string, value: string | Uint8Array): void {
  const keys = pointer
    .slice(1)
    .split('/')
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  if (keys[0] !== 'inputs' || keys.length < 3) throw nowhere(pointer);
  const isCell = keys.length === 4 && keys[2] === 'row';
  if (typeof value !== 'string' && !isCell)
    throw new UnrollError(
      'invalid_request',
      `expected files in columns of rows, such as /inputs/1/row/recording, got one at ${preview(pointer)}`,
    );
  let at: unknown = request;
  keys.forEach((key, depth) => {
    if (typeof at !== 'object' || at === null) throw nowhere(pointer);
    if (Array.isArray(at) ? !/^\d{1,4}$/.test(key) || Number(key) > at.length : key === '__proto__')
      throw nowhere(pointer);
    const own = at as Record<string, unknown>;
    const isLast = depth === keys.length - 1;
    if (isLast) {
      own[key] = typeof value === 'string' ? fieldOf(value) : Buffer.from(value).toString('base64');
      if (isCell) notePart(own, key, typeof value === 'string' ? null : value);
    }
    // (a column may be called 7)
    else if (!Object.hasOwn(own, key)) own[key] = key !== 'row' && /^\d+$/.test(keys[depth + 1]!) ? [] : {};
    at = own[key];
  });
}
