/** Idempotency keys in PostgreSQL: a row a key; each step is one conditional statement, timed by the database's clock. */
import { UnrollError } from '../../domain/errors/unroll-error.ts';
import type {
  ClaimOutcome,
  IdempotencyRepository,
  KeyClaim,
  RequestIdentity,
} from '../../domain/ports/idempotency-repository.ts';
import type * as Tables from './generated/client.ts';
import { Prisma, type Connection, type PrismaClient } from './prisma.ts';

/** `<hash of the head>` while the body is unknown, then `<hash of the head>:<hash of the body>`. */
const identityOf = (headHash: string, bodyHash: string | null): string =>
  bodyHash === null ? headHash : `${headHash}:${bodyHash}`;

const headOf = (requestHash: string): string => requestHash.split(':')[0]!;
const bodyOf = (requestHash: string): string | null => requestHash.split(':')[1] ?? null;

function isAnother(row: Tables.IdempotencyKey, request: RequestIdentity): boolean {
  const body = bodyOf(row.requestHash);
  return (
    headOf(row.requestHash) !== request.headHash ||
    (body !== null && request.bodyHash !== null && body !== request.bodyHash)
  );
}

/** Not renewed for so long. */
const abandoned = (afterMs: number): Prisma.Sql =>
  Prisma.sql`(idempotency_keys.lock_token IS NULL
    OR idempotency_keys.locked_at < now() - make_interval(secs => ${afterMs / 1000}::float8))`;

/** Between two looks another request may release the key, or take it over. */
const looks = 5;

export const idempotencyRepository = (prisma: PrismaClient): IdempotencyRepository => ({
  claim: async ({ key, token }, request, { keptForMs, abandonedAfterMs }) => {
    const { method, path, headHash, bodyHash } = request;
    const requestHash = identityOf(headHash, bodyHash);
    for (let look = 0; look < looks; look++) {
      const taken = await prisma.$executeRaw`
        INSERT INTO idempotency_keys (key, method, path, request_hash, lock_token, locked_at, expires_at)
        VALUES (${key}, ${method}, ${path}, ${requestHash}, ${token}, now(),
                now() + make_interval(secs => ${keptForMs / 1000}::float8))
        ON CONFLICT (key) DO UPDATE SET
          method = EXCLUDED.method, path = EXCLUDED.path, request_hash = EXCLUDED.request_hash,
          lock_token = EXCLUDED.lock_token, locked_at = EXCLUDED.locked_at, resource_id = NULL,
          response_status = NULL, response_headers = NULL, response_body = NULL,
          created_at = now(), expires_at = EXCLUDED.expires_at
        WHERE idempotency_keys.expires_at < now() AND ${abandoned(abandonedAfterMs)}`;
      if (taken === 1) return { kind: 'claimed', resourceId: null };

      const row = await prisma.idempotencyKey.findUnique({ where: { key } });
      if (row === null) continue;
      if (isAnother(row, request)) return { kind: 'reused' };
      if (row.responseStatus !== null) return answered(row, row.responseStatus);
      const [overtaken] = await prisma.$queryRaw<{ resourceId: string | null }[]>`
        UPDATE idempotency_keys SET lock_token = ${token}, locked_at = now(), request_hash = ${requestHash}
        WHERE key = ${key} AND request_hash = ${row.requestHash} AND response_status IS NULL
          AND ${abandoned(abandonedAfterMs)}
        RETURNING resource_id AS "resourceId"`;
      if (overtaken !== undefined) return { kind: 'claimed', resourceId: overtaken.resourceId };
      if (row.lockToken !== null) return { kind: 'in_flight' };
    }
    return { kind: 'in_flight' };
  },

  renew: async (tokens) => {
    await prisma.$executeRaw`
      UPDATE idempotency_keys SET locked_at = now() WHERE lock_token = ANY(${[...tokens]}::text[])`;
  },

  complete: async ({ key, token }, bodyHash, { status, headers, body }) => {
    const count = await prisma.$executeRaw`
      UPDATE idempotency_keys SET
        request_hash = split_part(request_hash, ':', 1) || ':' || ${bodyHash},
        lock_token = NULL, locked_at = NULL,
        response_status = ${status}, response_headers = ${JSON.stringify(headers)}::jsonb,
        response_body = ${Buffer.from(body)}
      WHERE key = ${key} AND lock_token = ${token}`;
    return count === 1;
  },

  release: async ({ key, token: lockToken }) => {
    // In one transaction: in between, a request that comes would find neither.
    await prisma.$transaction([
      prisma.idempotencyKey.deleteMany({ where: { key, lockToken, resourceId: null } }),
      prisma.idempotencyKey.updateMany({
        where: { key, lockToken },
        data: { lockToken: null, lockedAt: null },
      }),
    ]);
  },

  removeExpired: (abandonedAfterMs) =>
    prisma.$executeRaw`
      DELETE FROM idempotency_keys WHERE expires_at < now() AND ${abandoned(abandonedAfterMs)}`,
});

function answered(row: Tables.IdempotencyKey, status: number): ClaimOutcome {
  return {
    kind: 'answered',
    bodyHash: bodyOf(row.requestHash) ?? '',
    answer: {
      status,
      headers: row.responseHeaders as Record<string, string>,
      body: row.responseBody ?? new Uint8Array(),
    },
  };
}

/**
 * Notes with the claim what its request makes, in the transaction that makes it. Throws when another request has taken
 * the claim over, which keeps the transaction from making a second one.
 */
export async function noteResource(
  connection: Connection,
  claim: KeyClaim | undefined,
  resourceId: string,
): Promise<void> {
  if (claim === undefined) return;
  const { key, token: lockToken } = claim;
  const { count } = await connection.idempotencyKey.updateMany({
    where: { key, lockToken },
    data: { resourceId },
  });
  if (count === 1) return;
  throw new UnrollError(
    'idempotency_key_in_flight',
    'This request stood still for so long that another one with its Idempotency-Key has taken its place',
  );
}
