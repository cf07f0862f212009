-- What a keyed request has made, written in the transaction that makes it: a retry that takes over from a process that
-- died before it answered finds it, and makes no second one.
ALTER TABLE "idempotency_keys" ADD COLUMN "resource_id" TEXT;
