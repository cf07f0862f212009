/** The repositories on PostgreSQL. */
import type { DatasetRepository } from '../../domain/ports/dataset-repository.ts';
import type { ModelRepository } from '../../domain/ports/model-repository.ts';
import type { TrainingJobRepository } from '../../domain/ports/training-job-repository.ts';

export interface Database {
  readonly datasets: DatasetRepository;
  readonly trainingJobs: TrainingJobRepository;
  readonly models: ModelRepository;
  /** Throws when the database does not answer. */
  check(): Promise<void>;
  close(): Promise<void>;
}

export declare function connectDatabase(url: string): Database;
