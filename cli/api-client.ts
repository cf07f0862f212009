/** What the command line knows of the HTTP API: requests in, JSON out, and problems (RFC 9457) as errors. */
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

interface Problem {
  readonly title: string;
  readonly detail?: string;
  readonly code: string;
  readonly errors?: readonly { readonly pointer: string; readonly message: string }[];
}

/** The API answered with a problem, or not at all. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
}

export interface ApiClient {
  readonly baseUrl: string;
  get<Answer>(path: string): Promise<Answer>;
  post<Answer>(path: string, body: unknown): Promise<Answer>;
  /** Streams a file as the request's body. */
  upload<Answer>(path: string, file: string, contentType: string): Promise<Answer>;
  /** The file is there whole or not at all. Answers its size. */
  download(path: string, file: string): Promise<number>;
  /** The answer's body, as it comes. */
  stream(path: string, headers: Record<string, string>): Promise<ReadableStream<Uint8Array>>;
}

export function connectApi(baseUrl: string, signal: AbortSignal): ApiClient {
  const request = async (method: string, path: string, init: RequestInit = {}): Promise<Response> => {
    let response: Response;
    try {
      response = await fetch(`${baseUrl}${path}`, { ...init, method, signal });
    } catch (error) {
      signal.throwIfAborted();
      throw new ApiError(`${method} ${path}: no answer from ${baseUrl} (${reasonOf(error)})`);
    }
    if (!response.ok) throw new ApiError(`${method} ${path}: ${await describe(response)}`);
    return response;
  };
  const json = async <Answer>(response: Promise<Response>): Promise<Answer> =>
    (await (await response).json()) as Answer;

  return {
    baseUrl,
    get: (path) => json(request('GET', path)),
    post: (path, body) =>
      json(
        request('POST', path, {
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
      ),
    upload: (path, file, contentType) =>
      json(
        request('POST', path, {
          headers: { 'content-type': contentType },
          body: Readable.toWeb(createReadStream(file)),
          duplex: 'half',
        }),
      ),
    async download(path, file) {
      const { body } = await request('GET', path);
      const partial = `${file}.part`;
      try {
        const target = createWriteStream(partial);
        await pipeline(body ?? Readable.from([]), target);
        await rename(partial, file);
        return target.bytesWritten;
      } finally {
        await rm(partial, { force: true });
      }
    },
    async stream(path, headers) {
      const { body } = await request('GET', path, { headers });
      if (body === null) throw new ApiError(`GET ${path}: an empty answer`);
      return body;
    },
  };
}

async function describe(response: Response): Promise<string> {
  const text = await response.text();
  try {
    const problem = JSON.parse(text) as Problem;
    const fields = (problem.errors ?? []).map((field) => `\n  ${field.pointer}: ${field.message}`);
    return `${response.status} ${problem.code}: ${problem.detail ?? problem.title}${fields.join('')}`;
  } catch {
    return `${response.status} ${text.slice(0, 200)}`;
  }
}

const reasonOf = (error: unknown): string => {
  const { cause, message } = error as Error;
  return cause instanceof Error && cause.message !== '' ? cause.message : message;
};
