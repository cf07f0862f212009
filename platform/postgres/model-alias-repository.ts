/** Aliases of models in PostgreSQL. An alias is changed in one transaction: who reads it finds all of the old one or all of the new. */
import type { ModelAlias } from '../../domain/models/model-alias.ts';
import type { ModelAliasRepository } from '../../domain/ports/model-alias-repository.ts';
import { isStorable } from './pages.ts';
import type { PrismaClient } from './prisma.ts';
import type * as Tables from './generated/client.ts';

type Row = Tables.ModelAlias & { targets: Tables.ModelAliasTarget[] };

const toAlias = ({ targets, ...row }: Row): ModelAlias => ({
  ...row,
  weights: targets.filter(({ weight }) => weight > 0).map(({ version, weight }) => ({ version, weight })),
  shadow: targets.find(({ weight }) => weight === 0)?.version ?? null,
});

const include = { targets: { orderBy: { version: 'asc' as const } } };

export const modelAliasRepository = (prisma: PrismaClient): ModelAliasRepository => ({
  list: async (modelId) =>
    (await prisma.modelAlias.findMany({ where: { modelId }, orderBy: { alias: 'asc' }, include })).map(
      toAlias,
    ),

  find: async (modelId, alias) => {
    if (!isStorable(alias)) return null;
    const row = await prisma.modelAlias.findUnique({ where: { modelId_alias: { modelId, alias } }, include });
    return row && toAlias(row);
  },

  put: ({ modelId, alias, weights, shadow }) =>
    prisma.$transaction(async (connection) => {
      // One change of a model's aliases at a time; versions stay while their rows are held.
      await connection.$queryRaw`SELECT id FROM models WHERE id = ${modelId} FOR UPDATE`;
      const targets = [...weights, ...(shadow === null ? [] : [{ version: shadow, weight: 0 }])];
      const numbers = targets.map(({ version }) => version);
      const present = await connection.modelVersion.findMany({
        where: { modelId, version: { in: numbers } },
        select: { version: true },
      });
      const missing = numbers.filter((number) => !present.some(({ version }) => version === number));
      if (missing.length > 0) return { missing };
      const key = { modelId_alias: { modelId, alias } };
      const isNew = (await connection.modelAlias.findUnique({ where: key })) === null;
      await connection.modelAlias.upsert({
        where: key,
        create: { modelId, alias },
        update: { updatedAt: new Date() },
      });
      await connection.modelAliasTarget.deleteMany({ where: { modelId, alias } });
      await connection.modelAliasTarget.createMany({
        data: targets.map((target) => ({ modelId, alias, ...target })),
      });
      return { alias: toAlias((await connection.modelAlias.findUnique({ where: key, include }))!), isNew };
    }),

  delete: async (modelId, alias) => {
    if (!isStorable(alias)) return false;
    return (await prisma.modelAlias.deleteMany({ where: { modelId, alias } })).count > 0;
  },
});
