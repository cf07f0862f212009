import { expect, it, vi } from 'vitest';
import type { QueueState } from '../../domain/training-jobs/scheduling-preemption.ts';
import { takeJobs } from './take-jobs.ts';

const job = {
  id: 'job_a',
  priority: 0,
  memoryBytes: 1,
  estimatedWork: 1,
  progress: 0,
  trainedSeconds: 0,
  maxSeconds: null,
  queuedAt: new Date(),
};

it('hands running jobs back when it is to end, also while the database does not answer', async () => {
  let looks = 0;
  let answer: () => void = () => undefined;
  const told: string[] = [];
  const jobs = takeJobs({
    worker: { memoryBytes: 10, concurrency: 2 },
    trainingJobs: {
      queueState: async (): Promise<QueueState> => {
        if (++looks > 1)
          await new Promise<void>((resolve) => {
            answer = resolve;
          });
        return { now: new Date(), waiting: looks === 1 ? [job] : [], running: [], workers: [] };
      },
    },
    handle: (id, signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          told.push(`${id}: ${String(signal.reason)}`);
          resolve({ waitsAgain: false });
        });
      }),
    announce: async () => undefined,
    workersHeardWithinMs: 1000,
    preemptAfterSeconds: 0,
    lookEveryMs: 5,
    report: () => undefined,
  });
  await vi.waitFor(() => expect(looks).toBe(2), 10_000);
  const closed = jobs.close();
  expect(told).toEqual(['job_a: stopping']);
  answer();
  await closed;
});
