/** dist/: the compiled code, built again when a source file changed. Threads and child processes run from it. */
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { runCommand } from './run-command.mjs';
import { digestOf, isStamped, stamp } from './stamp.mjs';

const rooms = ['cli', 'datasets', 'domain', 'engine', 'launcher', 'platform', 'services', 'workers'];
/** What compiled code reads beside itself. */
const assets = ['prisma/migrations'];

const filesUnder = (root, folder) =>
  existsSync(path.join(root, folder))
    ? readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
        .sort()
    : [];

/** Compiled files whose source is gone: what reads a folder (as the routes' loader does) must not find them. */
const removeOrphans = (root) => {
  for (const room of rooms) {
    for (const file of filesUnder(root, path.join('dist', room))) {
      const source = path.relative('dist', file).replace(/\.js(\.map)?$/, '.ts');
      if (!existsSync(path.join(root, source))) rmSync(path.join(root, file));
    }
  }
};

export const compile = async ({ root, say, signal }) => {
  const sources = rooms
    .flatMap((room) => filesUnder(root, room))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  const assetFiles = assets.flatMap((folder) => filesUnder(root, folder));
  const digest = digestOf(root, [
    'package-lock.json',
    'tsconfig.json',
    'tsconfig.build.json',
    'openapi/openapi.json',
    ...sources,
    ...assetFiles,
  ]);
  if (existsSync(path.join(root, 'dist')) && isStamped(root, 'compiled-code', digest)) return;
  const done = say('compiling');
  await runCommand(
    process.execPath,
    [path.join('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json'],
    { cwd: root, signal, failure: 'Compiling failed.' },
  );
  removeOrphans(root);
  for (const folder of assets) {
    rmSync(path.join(root, 'dist', folder), { recursive: true, force: true });
    cpSync(path.join(root, folder), path.join(root, 'dist', folder), { recursive: true });
  }
  stamp(root, 'compiled-code', digest);
  done();
};
