import type { ModelAlias } from '../models/model-alias.ts';

export interface ModelAliasRepository {
  list(modelId: string): Promise<readonly ModelAlias[]>;
  find(modelId: string, alias: string): Promise<ModelAlias | null>;
  /** Makes it, or changes it as a whole. `missing`: versions that there are not. */
  put(
    alias: Pick<ModelAlias, 'modelId' | 'alias' | 'weights' | 'shadow'>,
  ): Promise<
    { readonly alias: ModelAlias; readonly isNew: boolean } | { readonly missing: readonly number[] }
  >;
  delete(modelId: string, alias: string): Promise<boolean>;
}
