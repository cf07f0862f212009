/** GET /v1/streams/:id/socket: the steps of a stream as messages of a WebSocket, answered one after the other in the order in which they come. */
import type { FastifyError, FastifyRequest } from 'fastify';
import { UnrollError } from '../../../../domain/errors/unroll-error.ts';
import { translateError } from '../../../http/errors.ts';
import { noContent } from '../../../http/answers.ts';
import { presentProblem, problemResponses, type Problem } from '../../../http/problem.ts';
import type { HttpServer } from '../../../http/server.ts';
import { type RequestValidationError, validatorCompiler } from '../../../http/validation.ts';
import { whenStopping, type WebSocket } from '../../../http/websockets.ts';
import type { InferenceParts } from '../../parts.ts';
import { StepsRequest, StreamParams, type StepsAnswer } from './schemas.ts';

/** Messages of one socket that wait for their turn; before more are read, some have to be answered. */
const mostWaiting = 16;
/** Close codes of an application (RFC 6455, 7.4.2): the stream is no more. */
const closeCodes: Readonly<Record<string, number>> = { not_found: 4404, stream_lost: 4410 };

const validate = validatorCompiler({ schema: StepsRequest, httpPart: 'body', method: 'GET', url: '' }) as (
  data: unknown,
) => { value: StepsRequest } | { error: RequestValidationError };

export async function streamSocketRoute(server: HttpServer, { streams }: InferenceParts): Promise<void> {
  server.route({
    method: 'GET',
    url: '/v1/streams/:id/socket',
    logLevel: 'warn',
    schema: {
      operationId: 'openStreamSocket',
      tags: ['streams'],
      summary: 'The steps of a stream over a WebSocket',
      description:
        'Each text message is a body of `POST /v1/streams/{id}/steps` (`StepsRequest`); each is answered by one message in the order in which they were sent: a `StepsAnswer`, or a `Problem` with a `status`. A step that is refused was not read, and the socket stays open; where the stream itself is no more it is closed with 4404 or 4410. Whoever sends faster than steps are done, or does not read, is not read from meanwhile. Closing the socket leaves the stream open until it expires; several sockets may share a stream, and so may requests. When the service stops it is closed with 1001: open another, and go on. Messages of more than 1 MiB close it with 1009.',
      params: StreamParams,
      response: {
        101: noContent('The protocol is switched.'),
        ...problemResponses('invalid_request', 'not_found', 'unavailable'),
      },
    },
    // Before the protocol is switched: what is wrong is still an answer of HTTP.
    preHandler: async ({ params }) => {
      await streams.find(params.id);
    },
    handler: () => {
      throw new UnrollError('invalid_request', 'expected a request to upgrade to a WebSocket, got another');
    },
    wsHandler: (socket, request) => {
      const { id } = request.params;
      converse(socket, request, (message) => streams.step(id, message));
    },
  });
}

function converse(
  socket: WebSocket,
  request: FastifyRequest,
  step: (message: StepsRequest) => Promise<StepsAnswer>,
): void {
  const waiting: { readonly data: unknown; readonly isBinary: boolean }[] = [];
  let work: Promise<void> | null = null;
  let stopping = false;

  const answerAll = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined && !stopping; next = waiting.shift()) {
      const answer = await answerTo(next, request, step);
      if (socket.readyState !== socket.OPEN) return;
      // Resolves when the system has taken it: who does not read is not read from.
      await new Promise<void>((resolve) => socket.send(JSON.stringify(answer), () => resolve()));
      const code = 'code' in answer ? closeCodes[answer.code] : undefined;
      if (code !== undefined) socket.close(code, 'the stream is no more');
      if (socket.isPaused && waiting.length < mostWaiting) socket.resume();
    }
  };
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    waiting.push({ data, isBinary });
    if (waiting.length >= mostWaiting) socket.pause();
    work ??= answerAll().finally(() => {
      work = null;
    });
  });
  socket.once('close', () => {
    waiting.length = 0;
  });
  whenStopping(socket, async () => {
    stopping = true;
    socket.resume();
    await work;
  });
}

async function answerTo(
  { data, isBinary }: { readonly data: unknown; readonly isBinary: boolean },
  request: FastifyRequest,
  step: (message: StepsRequest) => Promise<StepsAnswer>,
): Promise<StepsAnswer | Problem> {
  try {
    return await step(readMessage(data, isBinary));
  } catch (error) {
    const known = translateError(error as FastifyError, request);
    if (known.code === 'internal') request.log.error({ err: known.cause ?? known }, 'a step has failed');
    return presentProblem(known, request.id);
  }
}

function readMessage(data: unknown, isBinary: boolean): StepsRequest {
  if (isBinary) throw new UnrollError('invalid_request', 'expected a text message of JSON, got a binary one');
  let json: unknown;
  try {
    json = JSON.parse(String(data));
  } catch (error) {
    throw new UnrollError(
      'invalid_request',
      `expected JSON, got text that does not parse: ${(error as SyntaxError).message}`,
    );
  }
  const checked = validate(json);
  if ('value' in checked) return checked.value;
  const { errors } = checked.error;
  const [first] = errors;
  throw new UnrollError(
    'validation_failed',
    `The message is not as expected: ${first!.pointer} ${first!.message}`,
    { errors },
  );
}
