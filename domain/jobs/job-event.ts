/** One entry of a job's durable log, whatever the kind of the job. `sequence` counts from 1 without gaps within a job. */
export interface JobEvent<Type extends string = string> {
  readonly id: string;
  readonly jobId: string;
  readonly sequence: number;
  readonly type: Type;
  readonly level: 'info' | 'warning' | 'error';
  readonly data: Readonly<Record<string, unknown>>;
  readonly createdAt: Date;
}
