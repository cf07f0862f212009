/** What the data plane is made of. */
import type { ModelRepository } from '../../domain/ports/model-repository.ts';
import type { Execution } from './execution.ts';

export interface InferenceParts {
  readonly models: Pick<ModelRepository, 'findVersion'>;
  readonly execution: Execution;
}
