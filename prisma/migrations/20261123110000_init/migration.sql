-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "dataset_status" AS ENUM ('validating', 'ready', 'rejected');

-- CreateEnum
CREATE TYPE "training_job_status" AS ENUM ('queued', 'preparing', 'running', 'cancelling', 'succeeded', 'failed', 'cancelled');

-- CreateTable
CREATE TABLE "datasets" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT,
    "status" "dataset_status" NOT NULL DEFAULT 'validating',
    "format" TEXT NOT NULL,
    "bytes" BIGINT NOT NULL,
    "sha256" TEXT NOT NULL,
    "on_bad_rows" TEXT NOT NULL,
    "source_key" TEXT NOT NULL,
    "table_key" TEXT,
    "row_count" BIGINT,
    "columns" JSON NOT NULL DEFAULT '[]',
    "problems" JSON NOT NULL DEFAULT '[]',
    "problem_count" BIGINT NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "datasets_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "training_jobs" (
    "id" TEXT NOT NULL,
    "dataset_id" TEXT NOT NULL,
    "architecture" TEXT NOT NULL,
    "specification" JSON NOT NULL,
    "status" "training_job_status" NOT NULL DEFAULT 'queued',
    "model_name" TEXT NOT NULL,
    "progress" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "epoch" INTEGER NOT NULL DEFAULT 0,
    "step" INTEGER NOT NULL DEFAULT 0,
    "metrics" JSON,
    "error" JSON,
    "model_id" TEXT,
    "model_version" INTEGER,
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "times_lost" INTEGER NOT NULL DEFAULT 0,
    "lease_token" TEXT,
    "heartbeat_at" TIMESTAMPTZ(3),
    "last_sequence" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "training_jobs_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "training_job_events" (
    "id" TEXT NOT NULL,
    "job_id" TEXT NOT NULL,
    "sequence" INTEGER NOT NULL,
    "type" TEXT NOT NULL,
    "level" TEXT NOT NULL,
    "data" JSON NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "training_job_events_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "epoch_points" (
    "job_id" TEXT NOT NULL,
    "epoch" INTEGER NOT NULL,
    "metrics" JSON NOT NULL,

    CONSTRAINT "epoch_points_pkey" PRIMARY KEY ("job_id","epoch")
);

-- CreateTable
CREATE TABLE "models" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "latest_version" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "models_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "model_versions" (
    "model_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "job_id" TEXT NOT NULL,
    "dataset_id" TEXT NOT NULL,
    "storage_key" TEXT NOT NULL,
    "bytes" BIGINT NOT NULL,
    "sha256" TEXT NOT NULL,
    "card" JSON NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "model_versions_pkey" PRIMARY KEY ("model_id","version")
);

-- CreateIndex
CREATE INDEX "datasets_status_id_idx" ON "datasets"("status", "id");

-- CreateIndex
CREATE INDEX "datasets_name_id_idx" ON "datasets"("name", "id");

-- CreateIndex
CREATE INDEX "training_jobs_status_id_idx" ON "training_jobs"("status", "id");

-- CreateIndex
CREATE INDEX "training_jobs_dataset_id_id_idx" ON "training_jobs"("dataset_id", "id");

-- CreateIndex
CREATE INDEX "training_jobs_model_name_id_idx" ON "training_jobs"("model_name", "id");

-- CreateIndex
CREATE UNIQUE INDEX "training_job_events_job_id_sequence_key" ON "training_job_events"("job_id", "sequence");

-- CreateIndex
CREATE UNIQUE INDEX "models_name_key" ON "models"("name");

-- CreateIndex
CREATE UNIQUE INDEX "model_versions_job_id_key" ON "model_versions"("job_id");

-- CreateIndex
CREATE INDEX "model_versions_storage_key_idx" ON "model_versions"("storage_key");

-- AddForeignKey
ALTER TABLE "training_job_events" ADD CONSTRAINT "training_job_events_job_id_fkey" FOREIGN KEY ("job_id") REFERENCES "training_jobs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "epoch_points" ADD CONSTRAINT "epoch_points_job_id_fkey" FOREIGN KEY ("job_id") REFERENCES "training_jobs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "model_versions" ADD CONSTRAINT "model_versions_model_id_fkey" FOREIGN KEY ("model_id") REFERENCES "models"("id") ON DELETE CASCADE ON UPDATE CASCADE;
