-- AlterTable
ALTER TABLE "batch_predictions" ADD COLUMN "generation" JSON;
