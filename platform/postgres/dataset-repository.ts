/** Datasets in PostgreSQL: validating → ready | rejected, each a conditional UPDATE. */
import type { DatasetRepository } from '../../domain/ports/dataset-repository.ts';
import { isEnded, trainingJobStatuses } from '../../domain/training-jobs/training-job.ts';
import { noteResource } from './idempotency-repository.ts';
import { emptyPage, isStorable, newestFirst, pageOf, pageWhere } from './pages.ts';
import type { PrismaClient } from './prisma.ts';
import { asJson, toDataset } from './rows.ts';

const notEnded = trainingJobStatuses.filter((status) => !isEnded(status));

export const datasetRepository = (prisma: PrismaClient): DatasetRepository => ({
  create: (dataset, claim) =>
    prisma.$transaction(async (transaction) => {
      await noteResource(transaction, claim, dataset.id);
      return toDataset(await transaction.dataset.create({ data: dataset }));
    }),

  find: async (id) => {
    const row = isStorable(id) ? await prisma.dataset.findUnique({ where: { id } }) : null;
    return row && toDataset(row);
  },

  list: async ({ status, name, limit, ...page }) => {
    if (!isStorable(name) || !isStorable(page.after)) return emptyPage;
    const where = {
      ...pageWhere({ limit, ...page }),
      ...(status !== undefined && { status }),
      ...(name !== undefined && { name }),
    };
    const rows = await prisma.dataset.findMany({ where, orderBy: newestFirst, take: limit + 1 });
    return pageOf(rows, limit, toDataset);
  },

  markReady: async (id, { columns, problems, ...result }) => {
    const { count } = await prisma.dataset.updateMany({
      where: { id, status: 'validating' },
      data: { status: 'ready', columns: asJson(columns), problems: asJson(problems), ...result },
    });
    return count === 1;
  },

  markRejected: async (id, { problems, problemCount }) => {
    const { count } = await prisma.dataset.updateMany({
      where: { id, status: 'validating' },
      data: { status: 'rejected', problems: asJson(problems), problemCount },
    });
    return count === 1;
  },

  // The lock comes first, in a statement of its own, so that the next one sees the jobs of every transaction that had it.
  delete: async (id) =>
    isStorable(id)
      ? prisma.$transaction(async (transaction) => {
          await transaction.$queryRaw`SELECT id FROM datasets WHERE id = ${id} FOR UPDATE`;
          const job = await transaction.trainingJob.findFirst({
            where: { datasetId: id, status: { in: notEnded } },
            select: { id: true },
          });
          if (job !== null) return { inUseBy: job.id };
          const row = await transaction.dataset.findUnique({ where: { id } });
          if (row === null) return null;
          await transaction.dataset.delete({ where: { id } });
          return { deleted: toDataset(row) };
        })
      : null,

  findStale: async (before) => {
    const where = { status: 'validating', updatedAt: { lt: before } } as const;
    return (await prisma.dataset.findMany({ where, orderBy: { id: 'asc' } })).map(toDataset);
  },
});
