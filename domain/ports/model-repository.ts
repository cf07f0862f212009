import type { Model, ModelVersion } from '../models/model.ts';
import type { Page, PageRequest } from './page.ts';

/** `name`, `mdl_…` or either with `@<version>`; without one, the latest version. */
export interface ModelReference {
  readonly nameOrId: string;
  readonly version?: number;
}

export interface ModelRepository {
  find(nameOrId: string): Promise<Model | null>;
  list(page: PageRequest & { name?: string }): Promise<Page<Model>>;
  findVersion(reference: ModelReference): Promise<ModelVersion | null>;
  /** Whether a version's file is kept under this key. */
  usesStorageKey(storageKey: string): Promise<boolean>;
  listVersions(modelId: string, page: { limit: number; after?: number }): Promise<Page<ModelVersion>>;
}
