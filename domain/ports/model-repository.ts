import type { ModelRoute } from '../models/model-alias.ts';
import type { Model, ModelVersion } from '../models/model.ts';
import type { Page, PageRequest } from './page.ts';

/** `name`, `mdl_…` or either with `@<version>` or `@<alias>`; without one, the latest version. */
export interface ModelReference {
  readonly nameOrId: string;
  readonly version?: number;
  readonly alias?: string;
}

export interface ModelRepository {
  find(nameOrId: string): Promise<Model | null>;
  list(page: PageRequest & { name?: string }): Promise<Page<Model>>;
  /** Of an alias, the version with the greatest share. */
  findVersion(reference: ModelReference): Promise<ModelVersion | null>;
  /** The versions that answer what is asked of the reference. */
  findRoute(reference: ModelReference): Promise<ModelRoute | null>;
  /** `aliased`, `latest`, in use by a batch prediction that has not ended: it was not deleted. Its file is left to its owner. */
  deleteVersion(
    modelId: string,
    version: number,
  ): Promise<'deleted' | 'not_found' | 'aliased' | 'latest' | { readonly inUseBy: string }>;
  /** With all of its versions. An alias of it, or a batch prediction that has not ended: nothing was deleted. The files, by their keys, are left to their owner. */
  delete(
    modelId: string,
  ): Promise<
    | 'not_found'
    | { readonly aliasedBy: string }
    | { readonly inUseBy: string }
    | { readonly storageKeys: readonly string[] }
  >;
  /** Whether a version's file is kept under this key. */
  usesStorageKey(storageKey: string): Promise<boolean>;
  /** Those of the keys under which no version's file is kept. */
  unusedStorageKeys(storageKeys: readonly string[]): Promise<readonly string[]>;
  listVersions(modelId: string, page: { limit: number; after?: number }): Promise<Page<ModelVersion>>;
}
