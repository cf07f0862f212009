/** Models and their versions in PostgreSQL, for reading; they are written where a job succeeds. */
import type { ModelRepository } from '../../domain/ports/model-repository.ts';
import { emptyPage, isStorable, newestFirst, pageOf, pageWhere } from './pages.ts';
import type { PrismaClient } from './prisma.ts';
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

  findVersion: async ({ nameOrId, version }) => {
    if (!isStorable(nameOrId)) return null;
    const row = await prisma.modelVersion.findFirst({
      where: { model: byNameOrId(nameOrId), ...(version !== undefined && { version }) },
      orderBy: { version: 'desc' },
      include: { model: { select: { name: true } } },
    });
    if (row === null) return null;
    const { model, ...rest } = row;
    return toModelVersion(rest, model.name);
  },

  usesStorageKey: async (storageKey) =>
    isStorable(storageKey) && (await prisma.modelVersion.findFirst({ where: { storageKey } })) !== null,

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
