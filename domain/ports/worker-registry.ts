import type { LiveWorker } from '../training-jobs/scheduling-preemption.ts';

/** The processes that train, as they say of themselves. */
export interface WorkerRegistry {
  /** Says that the worker lives, by the clock of the database; written anew when its row is gone. Answers its pace: of a new one, that of the one last heard of. */
  beat(
    worker: Omit<LiveWorker, 'pace'> & { readonly host: string; readonly threads: number },
  ): Promise<{ pace: number | null }>;
  /** Multiply-adds a second that it trains at. */
  setPace(id: string, pace: number): Promise<void>;
  /** It takes no more jobs. */
  leave(id: string): Promise<void>;
  /** Rows of workers that have not been heard of for so long go. How many. */
  removeSilent(silentForMs: number): Promise<number>;
}
