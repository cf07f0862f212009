/** Models and their versions in PostgreSQL, for reading; they are written where a job succeeds. */
import { batchNotEnded } from '../../domain/batch-predictions/batch-prediction.ts';
import type { ModelRoute } from '../../domain/models/model-alias.ts';
import type { ModelRepository } from '../../domain/ports/model-repository.ts';
import { emptyPage, isStorable, newestFirst, pageOf, pageWhere } from './pages.ts';
import { Prisma, type PrismaClient } from './prisma.ts';
import { toModel, toModelVersion } from './rows.ts';

/** A name never starts like an id. */
const byNameOrId = (nameOrId: string) =>
  nameOrId.startsWith('mdl_') ? { id: nameOrId } : { name: nameOrId };

export const modelRepository = (prisma: PrismaClient): ModelRepository => ({
  find: async (nameOrId) => {
    if (!isStorable(nameOrId)) return null;
    const row = await prisma.model.findUnique({ where: byNameOrId(nameOrId) });
    return row && toModel(row);
  },

  list: async ({ name, limit, ...page }) => {
    if (!isStorable(name) || !isStorable(page.after)) return emptyPage;
    const where = { ...pageWhere({ limit, ...page }), ...(name !== undefined && { name }) };
    const rows = await prisma.model.findMany({ where, orderBy: newestFirst, take: limit + 1 });
    return pageOf(rows, limit, toModel);
  },

  findVersion: async (reference) => {
    const { nameOrId, version, alias } = reference;
    if (!isStorable(nameOrId)) return null;
    if (alias !== undefined) return (await aliasRoute(prisma, nameOrId, alias))?.targets[0]!.version ?? null;
    const row = await prisma.modelVersion.findFirst({
      where: { model: byNameOrId(nameOrId), ...(version !== undefined && { version }) },
      orderBy: { version: 'desc' },
      include: { model: { select: { name: true } } },
    });
    if (row === null) return null;
    const { model, ...rest } = row;
    return toModelVersion(rest, model.name);
  },

  findRoute: async (reference) => {
    const { nameOrId, alias } = reference;
    if (!isStorable(nameOrId)) return null;
    if (alias !== undefined) return aliasRoute(prisma, nameOrId, alias);
    const version = await modelRepository(prisma).findVersion(reference);
    return version && { targets: [{ version, weight: 1 }], shadow: null };
  },

  deleteVersion: async (modelId, version) => {
    if (!isStorable(modelId)) return 'not_found';
    try {
      return await prisma.$transaction(async (connection) => {
        // The model's row is locked: no other version becomes the latest meanwhile.
        await connection.$queryRaw`SELECT id FROM models WHERE id = ${modelId} FOR UPDATE`;
        const latest = await connection.modelVersion.findFirst({
          where: { modelId },
          orderBy: { version: 'desc' },
        });
        if (latest === null || latest.version < version) return 'not_found';
        if (latest.version === version) return 'latest';
        // Waits for a batch prediction that is being made for it, so that the next question sees it.
        await connection.$queryRaw`SELECT version FROM model_versions WHERE model_id = ${modelId} AND version = ${version} FOR UPDATE`;
        const job = await connection.batchPrediction.findFirst({
          where: { modelId, modelVersion: version, status: { in: batchNotEnded } },
          select: { id: true },
        });
        if (job !== null) return { inUseBy: job.id };
        const { count } = await connection.modelVersion.deleteMany({ where: { modelId, version } });
        return count === 0 ? 'not_found' : 'deleted';
      });
    } catch (error) {
      if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2003') return 'aliased';
      throw error;
    }
  },

  delete: async (modelId) => {
    if (!isStorable(modelId)) return 'not_found';
    return prisma.$transaction(async (connection) => {
      // The rows are locked: no alias, version or batch prediction is made meanwhile without being seen.
      await connection.$queryRaw`SELECT id FROM models WHERE id = ${modelId} FOR UPDATE`;
      await connection.$queryRaw`SELECT version FROM model_versions WHERE model_id = ${modelId} FOR UPDATE`;
      const alias = await connection.modelAlias.findFirst({
        where: { modelId },
        orderBy: { alias: 'asc' },
        select: { alias: true },
      });
      if (alias !== null) return { aliasedBy: alias.alias };
      const job = await connection.batchPrediction.findFirst({
        where: { modelId, status: { in: batchNotEnded } },
        select: { id: true },
      });
      if (job !== null) return { inUseBy: job.id };
      const versions = await connection.modelVersion.findMany({
        where: { modelId },
        select: { storageKey: true },
      });
      const { count } = await connection.model.deleteMany({ where: { id: modelId } });
      return count === 0 ? 'not_found' : { storageKeys: versions.map(({ storageKey }) => storageKey) };
    });
  },

  usesStorageKey: async (storageKey) =>
    isStorable(storageKey) && (await prisma.modelVersion.findFirst({ where: { storageKey } })) !== null,

  unusedStorageKeys: async (storageKeys) => {
    const found = await prisma.modelVersion.findMany({
      where: { storageKey: { in: [...storageKeys] } },
      select: { storageKey: true },
    });
    const used = new Set(found.map(({ storageKey }) => storageKey));
    return storageKeys.filter((key) => !used.has(key));
  },

  listVersions: async (modelId, { limit, after }) => {
    if (!isStorable(modelId)) return emptyPage;
    const rows = await prisma.modelVersion.findMany({
      where: { modelId, ...(after !== undefined && { version: { lt: after } }) },
      orderBy: { version: 'desc' },
      take: limit + 1,
      include: { model: { select: { name: true } } },
    });
    return pageOf(rows, limit, ({ model, ...row }) => toModelVersion(row, model.name));
  },
});

async function aliasRoute(prisma: PrismaClient, nameOrId: string, alias: string): Promise<ModelRoute | null> {
  const rows = await prisma.modelAliasTarget.findMany({
    where: { alias, owner: { model: byNameOrId(nameOrId) } },
    orderBy: [{ weight: 'desc' }, { version: 'desc' }],
    include: { modelVersion: { include: { model: { select: { name: true } } } } },
  });
  if (rows.length === 0) return null;
  const routed = rows.map(({ weight, modelVersion: { model, ...row } }) => ({
    version: toModelVersion(row, model.name),
    weight,
  }));
  return {
    targets: routed.filter(({ weight }) => weight > 0),
    shadow: routed.find(({ weight }) => weight === 0)?.version ?? null,
  };
}
