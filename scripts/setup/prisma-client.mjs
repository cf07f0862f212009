/** The Prisma client: generated again when the schema, its configuration or Prisma itself changed. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { runCommand } from './run-command.mjs';
import { digestOf, isStamped, stamp } from './stamp.mjs';

export const generatePrismaClient = async ({ root, say, signal }) => {
  const inputs = ['prisma/schema.prisma', 'prisma.config.ts', 'node_modules/prisma/package.json'];
  const digest = digestOf(root, inputs);
  const generated = path.join(root, 'platform', 'postgres', 'generated');
  if (existsSync(generated) && isStamped(root, 'prisma-client', digest)) return;
  const done = say('generating the database client');
  await runCommand(process.execPath, [path.join('node_modules', 'prisma', 'build', 'index.js'), 'generate'], {
    cwd: root,
    env: { CHECKPOINT_DISABLE: '1', PRISMA_HIDE_UPDATE_MESSAGE: '1' },
    signal,
    failure: 'prisma generate failed.',
  });
  stamp(root, 'prisma-client', digest);
  done();
};
