/** Releases what is open of versions that are deleted, in whichever process that was done: after each change of models, those that are open are looked for. */
import type { ModelChanges } from '../../../domain/ports/model-changes.ts';
import type { ModelRepository } from '../../../domain/ports/model-repository.ts';
import type { Report } from '../../../domain/ports/report.ts';
import type { SessionPool } from './session-pool.ts';

export function discardGone(o: {
  readonly changes: Pick<ModelChanges, 'onChange'>;
  readonly models: Pick<ModelRepository, 'unusedStorageKeys'>;
  readonly sessions: Pick<SessionPool, 'discard' | 'versionKeys'>;
  readonly report: Report;
}): void {
  let changes = 0;
  let isLooking = false;
  const look = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    try {
      // What changes meanwhile may not be in the answer.
      for (let seen = -1; seen !== changes;) {
        seen = changes;
        const open = o.sessions.versionKeys();
        if (open.length > 0) o.sessions.discard(await o.models.unusedStorageKeys(open));
      }
    } catch (error) {
      // They go when others need their room, or at the next change: one is told when the connection is there again.
      o.report('What is open of deleted models is still open', error);
    } finally {
      isLooking = false;
    }
  };
  o.changes.onChange(() => {
    changes++;
    void look();
  });
}
