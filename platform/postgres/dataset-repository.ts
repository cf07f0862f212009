/** Datasets in PostgreSQL: validating → ready | rejected, each a conditional UPDATE. */
import { batchNotEnded } from '../../domain/batch-predictions/batch-prediction.ts';
import type { DatasetRepository } from '../../domain/ports/dataset-repository.ts';
import { isEnded, trainingJobStatuses } from '../../domain/training-jobs/training-job.ts';
import { noteResource } from './idempotency-repository.ts';
import { datasetMessage } from '../../domain/webhooks/messages.ts';
import { emptyPage, isStorable, newestFirst, pageOf, pageWhere } from './pages.ts';
import type { Connection, Prisma, PrismaClient } from './prisma.ts';
import { asJson, toDataset } from './rows.ts';
import { announce } from './webhook-outbox.ts';

const notEnded = trainingJobStatuses.filter((status) => !isEnded(status));

/** Leaves `validating`, and says so to webhooks, in the caller's transaction. False when it was in another state. */
async function validated(
  connection: Connection,
  id: string,
  data: Prisma.DatasetUpdateManyMutationInput,
): Promise<boolean> {
  const [row] = await connection.dataset.updateManyAndReturn({ where: { id, status: 'validating' }, data });
  if (row === undefined) return false;
  await announce(connection, datasetMessage(toDataset(row)));
  return true;
}

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

  markReady: (id, { columns, problems, ...result }) =>
    prisma.$transaction((transaction) =>
      validated(transaction, id, {
        status: 'ready',
        columns: asJson(columns),
        problems: asJson(problems),
        ...result,
      }),
    ),

  markRejected: (id, { problems, problemCount }) =>
    prisma.$transaction((transaction) =>
      validated(transaction, id, { status: 'rejected', problems: asJson(problems), problemCount }),
    ),

  // The lock comes first, in a statement of its own, so that the next one sees the jobs of every transaction that had it.
  delete: async (id) =>
    isStorable(id)
      ? prisma.$transaction(async (transaction) => {
          await transaction.$queryRaw`SELECT id FROM datasets WHERE id = ${id} FOR UPDATE`;
          const job = await transaction.trainingJob.findFirst({
            where: { datasetId: id, status: { in: notEnded } },
            select: { id: true },
          });
          if (job !== null) return { inUseBy: `training job ${job.id}` };
          const batch = await transaction.batchPrediction.findFirst({
            where: { datasetId: id, status: { in: batchNotEnded } },
            select: { id: true },
          });
          if (batch !== null) return { inUseBy: `batch prediction ${batch.id}` };
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
