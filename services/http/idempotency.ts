/**
 * Idempotency-Key on every POST (draft-ietf-httpapi-idempotency-key-header): the same request with the same key gets the
 * first answer again, and is not carried out again.
 *
 * The key is claimed before the handler begins and kept claimed while it works; its answer is kept before it is sent.
 * Answers that a repeat may change are not kept: those of failures on this side (5xx), and those to bodies that were not
 * read to their end. What a request has made by then is known by its key (noteResource), so that a repeat makes no
 * second one. While the database does not answer, keyed requests are refused rather than carried out unprotected.
 */
import { createHash, randomUUID } from 'node:crypto';
import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { Type, type TProperties } from 'typebox';
import { UnrollError } from '../../domain/errors/unroll-error.ts';
import {
  keysAbandonedAfterMs,
  type ClaimOutcome,
  type IdempotencyRepository,
  type KeptAnswer,
  type KeyClaim,
  type RequestIdentity,
} from '../../domain/ports/idempotency-repository.ts';
import type { Report } from '../../domain/ports/report.ts';
import { preview } from './preview.ts';
import { problemResponses } from './problem.ts';
import type { HttpServer } from './server.ts';

/** A request whose key it holds. */
export interface KeyedRequest {
  readonly claim: KeyClaim;
  /** What an earlier request with this key has made, and died before it could say so: to be answered with, not made again. */
  readonly madeBefore: string | null;
  /** Where the body is streamed, its reader sets this when it has come to the end. */
  bodyHash: string | null;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Null without an Idempotency-Key. */
    keyed: KeyedRequest | null;
  }
  interface FastifyContextConfig {
    /**
     * JSON bodies need nothing. `elsewhere`: the process that the request is forwarded to keeps the key. A function, where
     * the body is streamed: reads a repeated body to its end and answers its hash.
     */
    idempotency?: 'elsewhere' | ((request: FastifyRequest) => Promise<string>);
  }
}

export interface IdempotencyParts {
  readonly keys: IdempotencyRepository;
  readonly keptForMs: number;
  readonly report: Report;
  /** A claim that was not renewed for so long is another request's to take. */
  readonly abandonedAfterMs?: number;
}

/** Longer answers (large predictions) are made again. */
const longestAnswer = 1024 * 1024;

const wellFormed = /^[\x21-\x7e]{1,255}$/;
const rule = '1 to 255 visible ASCII characters';

/** Of an answer, what a repeat has to have too. */
const keptHeaders = ['content-type', 'location'] as const;

const sha256 = (...texts: readonly string[]): string =>
  createHash('sha256').update(texts.join('\n')).digest('hex');

export function registerIdempotency(server: HttpServer, parts: IdempotencyParts): void {
  const { keys, keptForMs, report, abandonedAfterMs = keysAbandonedAfterMs } = parts;
  /** Tokens of the requests that are being answered. */
  const held = new Set<string>();
  let renewal: NodeJS.Timeout | undefined;

  const hold = ({ token }: KeyClaim): void => {
    held.add(token);
    renewal ??= setInterval(() => {
      keys.renew([...held]).catch((error: unknown) => report('Idempotency keys were not renewed', error));
    }, abandonedAfterMs / 5);
  };
  const letGo = ({ token }: KeyClaim): void => {
    held.delete(token);
    if (held.size > 0) return;
    clearInterval(renewal);
    renewal = undefined;
  };

  server.addHook('onRoute', documentKey);
  server.decorateRequest('keyed', null);

  server.addHook('preValidation', async (request, reply) => {
    const key = request.headers['idempotency-key'];
    const { idempotency } = request.routeOptions.config;
    if (key === undefined || request.method !== 'POST' || request.is404 || idempotency === 'elsewhere')
      return;
    if (typeof key !== 'string' || !wellFormed.test(key)) throw malformed(key);

    const isStreamed = idempotency !== undefined;
    const identity = identityOf(request, isStreamed);
    const claim: KeyClaim = { key, token: randomUUID() };
    const outcome = await keys.claim(claim, identity, { keptForMs, abandonedAfterMs });
    if (outcome.kind === 'claimed') {
      request.keyed = { claim, madeBefore: outcome.resourceId, bodyHash: identity.bodyHash };
      hold(claim);
      return;
    }
    if (outcome.kind === 'in_flight') void reply.header('retry-after', '1');
    const { answer, bodyHash } = answeredOrThrow(outcome, key);
    if (isStreamed && (await idempotency(request)) !== bodyHash) throw reusedKey(key);
    return replay(reply, answer);
  });

  server.addHook('onSend', (request, reply, payload: unknown, done) => {
    const { keyed } = request;
    request.keyed = null;
    if (keyed === null) done(null, payload);
    else void keep(keyed, reply, payload).then(() => done(null, payload));
  });
  const keep = async (keyed: KeyedRequest, reply: FastifyReply, payload: unknown): Promise<void> => {
    const body = bytesOf(payload);
    try {
      if (keyed.bodyHash !== null && body !== null && isKept(reply.statusCode, body))
        await keys.complete(keyed.claim, keyed.bodyHash, answerOf(reply, body));
      else await keys.release(keyed.claim);
    } catch (error) {
      // The claim is abandoned in a while, and what was made is known by it.
      report('An answer to a request with an Idempotency-Key was not kept', error);
    } finally {
      letGo(keyed.claim);
    }
  };
  server.addHook('onResponse', (request, _reply, done) => {
    if (request.keyed !== null) letGo(request.keyed.claim);
    done();
  });
  server.addHook('onClose', (_server, done) => {
    clearInterval(renewal);
    done();
  });
}

function identityOf(request: FastifyRequest, isStreamed: boolean): RequestIdentity {
  const mediaType = (request.headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase();
  const { method, url: path } = request;
  return {
    method,
    path,
    headHash: sha256(method, path, mediaType),
    bodyHash: isStreamed ? null : sha256(JSON.stringify(request.body ?? null)),
  };
}

function answeredOrThrow(
  outcome: Exclude<ClaimOutcome, { kind: 'claimed' }>,
  key: string,
): Extract<ClaimOutcome, { kind: 'answered' }> {
  if (outcome.kind === 'reused') throw reusedKey(key);
  if (outcome.kind === 'answered') return outcome;
  throw new UnrollError(
    'idempotency_key_in_flight',
    `The first request with the Idempotency-Key ${preview(key)} has not been answered yet`,
  );
}

export const reusedKey = (key: string): UnrollError =>
  new UnrollError(
    'idempotency_key_reused',
    `expected the request that the Idempotency-Key ${preview(key)} was first sent with, got another one`,
  );

function malformed(key: unknown): UnrollError {
  const message = `expected ${rule}, got ${preview(key)}`;
  return new UnrollError('invalid_request', `The Idempotency-Key is not as expected: ${message}`, {
    errors: [{ pointer: '/Idempotency-Key', message }],
  });
}

const replay = (reply: FastifyReply, { status, headers, body }: KeptAnswer): FastifyReply =>
  reply
    .code(status)
    .headers(headers)
    .header('idempotency-replayed', 'true')
    .send(status === 204 ? undefined : Buffer.from(body));

/** Null for what is streamed. */
function bytesOf(payload: unknown): Buffer | null {
  if (payload === null || payload === undefined) return Buffer.alloc(0);
  if (typeof payload === 'string') return Buffer.from(payload);
  return Buffer.isBuffer(payload) ? payload : null;
}

/** Too early, too many, timed out: of the moment alone, as failures on this side are. */
const passing = [408, 425, 429];

const isKept = (status: number, body: Buffer): boolean =>
  status < 500 && !passing.includes(status) && body.length <= longestAnswer;

function answerOf(reply: FastifyReply, body: Buffer): KeptAnswer {
  const headers = keptHeaders.flatMap((name) => {
    const value = reply.getHeader(name);
    return value === undefined ? [] : [[name, String(value)] as const];
  });
  return { status: reply.statusCode, headers: Object.fromEntries(headers), body };
}

const KeyHeader = {
  'idempotency-key': Type.Optional(
    Type.String({
      pattern: wellFormed.source,
      description: `Names this request, in ${rule}: sent again with the same key, it is not carried out again but answered as the first time (with \`Idempotency-Replayed: true\`), errors that are the request's own too. A new UUID is a good key.`,
    }),
  ),
} satisfies TProperties;

/** Says in the document what holds for every POST. */
function documentKey(route: RouteOptions): void {
  const { schema } = route;
  if (route.method !== 'POST' || schema === undefined || schema.hide === true) return;
  const headers = schema.headers as { properties: TProperties } | undefined;
  const problems = problemResponses('idempotency_key_in_flight', 'idempotency_key_reused') as Responses;
  const response: Responses = { ...(schema.response as Responses) };
  for (const status of ['409', '422']) response[status] = merged(response[status], problems[status]!);
  route.schema = {
    ...schema,
    headers: Type.Object({ ...headers?.properties, ...KeyHeader }),
    response,
  };
}

type Content = Record<string, { schema: unknown; examples?: Record<string, unknown> }>;
type Responses = Record<string, { description: string; content: Content }>;

/** Of problems that share a status: one description, the examples of all. */
function merged(present: Responses[string] | undefined, problem: Responses[string]): Responses[string] {
  if (present === undefined) return problem;
  const content = Object.fromEntries(
    Object.entries(problem.content).map(([type, added]) => [
      type,
      { ...added, examples: { ...present.content[type]?.examples, ...added.examples } },
    ]),
  );
  return {
    description: `${present.description} ${problem.description}`,
    content: { ...present.content, ...content },
  };
}
