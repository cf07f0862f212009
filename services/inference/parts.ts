/** What the data plane is made of. */
import type { ModelRepository } from '../../domain/ports/model-repository.ts';
import type { SessionPool } from './sessions/session-pool.ts';

export interface InferenceParts {
  readonly models: Pick<ModelRepository, 'findVersion'>;
  readonly sessions: Pick<SessionPool, 'run'>;
}
