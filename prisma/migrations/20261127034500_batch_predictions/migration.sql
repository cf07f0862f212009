-- CreateEnum
CREATE TYPE "batch_prediction_status" AS ENUM ('queued', 'running', 'cancelling', 'succeeded', 'failed', 'cancelled');

-- CreateTable
CREATE TABLE "batch_predictions" (
    "id" TEXT NOT NULL,
    "dataset_id" TEXT NOT NULL,
    "model_id" TEXT NOT NULL,
    "model_version" INTEGER NOT NULL,
    "model_name" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "columns" JSON NOT NULL,
    "status" "batch_prediction_status" NOT NULL DEFAULT 'queued',
    "progress" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "position" BIGINT NOT NULL DEFAULT 0,
    "chunks" TEXT[],
    "refused" BIGINT NOT NULL DEFAULT 0,
    "error" JSON,
    "result_id" TEXT,
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "times_lost" INTEGER NOT NULL DEFAULT 0,
    "lease_token" TEXT,
    "heartbeat_at" TIMESTAMPTZ(3),
    "last_sequence" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "batch_predictions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "batch_prediction_events" (
    "id" TEXT NOT NULL,
    "job_id" TEXT NOT NULL,
    "sequence" INTEGER NOT NULL,
    "type" TEXT NOT NULL,
    "level" TEXT NOT NULL,
    "data" JSON NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "batch_prediction_events_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "batch_predictions_status_id_idx" ON "batch_predictions"("status", "id");

-- CreateIndex
CREATE INDEX "batch_predictions_dataset_id_id_idx" ON "batch_predictions"("dataset_id", "id");

-- CreateIndex
CREATE INDEX "batch_predictions_model_id_model_version_idx" ON "batch_predictions"("model_id", "model_version");

-- CreateIndex
CREATE UNIQUE INDEX "batch_prediction_events_job_id_sequence_key" ON "batch_prediction_events"("job_id", "sequence");

-- AddForeignKey
ALTER TABLE "batch_prediction_events" ADD CONSTRAINT "batch_prediction_events_job_id_fkey" FOREIGN KEY ("job_id") REFERENCES "batch_predictions"("id") ON DELETE CASCADE ON UPDATE CASCADE;
