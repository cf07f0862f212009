-- AlterTable
ALTER TABLE "training_jobs" ADD COLUMN "queued_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
ADD COLUMN "claimed_at" TIMESTAMPTZ(3);

-- Jobs that wait keep their turn.
UPDATE "training_jobs" SET "queued_at" = "created_at";
