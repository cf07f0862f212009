/** The rows of workers. One that has left stays a while without counting as alive: the next one starts with its pace. */
import type { WorkerRegistry } from '../../domain/ports/worker-registry.ts';
import type { PrismaClient } from './prisma.ts';
import { databaseTime } from './queue-state.ts';

export const workerRegistry = (prisma: PrismaClient): WorkerRegistry => ({
  beat: async ({ id, host, threads, memoryBytes, concurrency }) => {
    const [row] = await prisma.$queryRaw<{ pace: number | null }[]>`
      INSERT INTO workers (id, host, threads, memory_bytes, concurrency, pace, started_at, heartbeat_at)
      VALUES (${id}, ${host}, ${threads}, ${memoryBytes}, ${concurrency},
        (SELECT pace FROM workers WHERE pace IS NOT NULL
         ORDER BY (host = ${host} AND threads = ${threads}) DESC, heartbeat_at DESC LIMIT 1), now(), now())
      ON CONFLICT (id) DO UPDATE SET heartbeat_at = now()
      RETURNING pace`;
    return { pace: row?.pace ?? null };
  },

  setPace: async (id, pace) => {
    await prisma.worker.updateMany({ where: { id }, data: { pace } });
  },

  leave: async (id) => {
    await prisma.$executeRaw`
      UPDATE workers SET heartbeat_at = LEAST(heartbeat_at, now() - interval '1 hour') WHERE id = ${id}`;
  },

  removeSilent: async (silentForMs) => {
    const before = await databaseTime(prisma, silentForMs);
    return (await prisma.worker.deleteMany({ where: { heartbeatAt: { lt: before } } })).count;
  },
});
