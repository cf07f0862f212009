/** What of the API's answers the soak looks at. */
import type { TrainingJobStatus } from '../../domain/training-jobs/training-job.ts';

export interface JobResource {
  readonly id: string;
  readonly status: TrainingJobStatus;
  readonly attempt: number;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly model: { readonly id: string; readonly name: string; readonly version: number } | null;
  readonly started_at: string | null;
  readonly finished_at: string | null;
}

export interface EventResource {
  readonly id: string;
  readonly sequence: number;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface DatasetResource {
  readonly id: string;
  readonly status: 'validating' | 'ready' | 'rejected';
}

export interface EpochResource {
  readonly epoch: number;
  readonly step: number;
  readonly loss: number;
  readonly validation_loss: number;
  readonly learning_rate: number;
  readonly gradient_norm: number;
}

export interface CardResource {
  readonly held_out: unknown;
  readonly training: Readonly<Record<string, unknown>>;
  readonly file: { readonly sha256: string };
}
