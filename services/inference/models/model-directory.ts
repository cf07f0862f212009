/**
 * Which versions a reference stands for, remembered for as long as every change is heard of (ports/model-changes). What was
 * read while a change came in is not remembered: it may be of before.
 */
import { UnrollError } from '../../../domain/errors/unroll-error.ts';
import type { ModelRoute } from '../../../domain/models/model-alias.ts';
import type { ModelVersion } from '../../../domain/models/model.ts';
import { parseModelReference } from '../../../domain/models/parse-model-reference.ts';
import type { ModelChanges } from '../../../domain/ports/model-changes.ts';
import type { ModelRepository } from '../../../domain/ports/model-repository.ts';

export interface ModelDirectory {
  /** Throws `not_found`. */
  find(reference: string): Promise<ModelRoute>;
  /** What is remembered of it. */
  recall(reference: string): ModelRoute | undefined;
  /** The newest hundred, oldest first. */
  versionNumbers(modelId: string): Promise<readonly number[]>;
  /** Throws `unavailable` when the database does not answer. */
  check(): Promise<void>;
  /** To be called after a change that this process has made: it need not wait to hear of it. */
  forget(): void;
}

const mostRemembered = 10_000;

export function createModelDirectory(parts: {
  models: Pick<ModelRepository, 'findRoute' | 'listVersions'>;
  changes: Pick<ModelChanges, 'isWatching' | 'onChange'>;
}): ModelDirectory {
  const { models, changes } = parts;
  const routes = new Map<string, ModelRoute>();
  /** Versions never change: each is one object, so that what is made of its card is made once. */
  const versions = new Map<string, ModelVersion>();
  let changesHeard = 0;

  const forget = (): void => {
    changesHeard++;
    routes.clear();
  };
  changes.onChange(forget);

  const same = (version: ModelVersion): ModelVersion => {
    const known = versions.get(version.storageKey);
    if (known !== undefined) return known;
    remember(versions, version.storageKey, version);
    return version;
  };

  const recall = (reference: string): ModelRoute | undefined =>
    changes.isWatching ? routes.get(reference) : undefined;

  return {
    recall,
    forget,
    versionNumbers: async (modelId) =>
      (await models.listVersions(modelId, { limit: 100 })).data.map(({ version }) => version).reverse(),
    check: async () => {
      if (!changes.isWatching) await models.findRoute({ nameOrId: 'any' });
    },
    find: async (reference) => {
      const remembered = recall(reference);
      if (remembered !== undefined) return remembered;
      const before = changesHeard;
      const found = await models.findRoute(parseModelReference(reference));
      if (found === null) throw new UnrollError('not_found', `There is no model ${reference}`);
      const route: ModelRoute = {
        targets: found.targets.map(({ version, weight }) => ({ version: same(version), weight })),
        shadow: found.shadow && same(found.shadow),
      };
      if (changes.isWatching && changesHeard === before) remember(routes, reference, route);
      return route;
    },
  };
}

function remember<Value>(map: Map<string, Value>, key: string, value: Value): void {
  if (map.size >= mostRemembered) map.delete(map.keys().next().value!);
  map.set(key, value);
}
