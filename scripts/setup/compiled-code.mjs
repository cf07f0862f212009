/** dist/: the compiled code, built again when a source file changed. Threads and child processes run from it. */
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { takeLock } from './process-lock.mjs';
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

/** @param {{ root: string, say: (what: string) => () => void, signal: AbortSignal }} step */
export const compile = async ({ root, say, signal }) => {
  const sources = rooms
    .flatMap((room) => filesUnder(root, room))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  const assetFiles = assets.flatMap((folder) => filesUnder(root, folder));
  const digest = digestOf(root, [
    'package-lock.json',
    'tsconfig.json',
    'scripts/setup/bundle.mjs',
    'openapi/openapi.json',
    ...sources,
    ...assetFiles,
  ]);
  if (existsSync(path.join(root, 'dist')) && isStamped(root, 'compiled-code', digest)) return;
  const done = say('compiling');
  await runCommand(process.execPath, [path.join('scripts', 'setup', 'bundle.mjs')], {
    cwd: root,
    signal,
    failure: 'Compiling failed.',
  });
  for (const folder of assets) {
    rmSync(path.join(root, 'dist', folder), { recursive: true, force: true });
    cpSync(path.join(root, folder), path.join(root, 'dist', folder), { recursive: true });
  }
  stamp(root, 'compiled-code', digest);
  done();
};

/**
 * The same, of all steps of the setup, quietly: what a run of the tests begins with.
 *
 * @param {string} root
 */
export const compileAlone = async (root) => {
  const { signal } = new AbortController();
  const release = await takeLock(path.join(root, '.setup', 'lock'), { signal, onWait: () => undefined });
  try {
    await compile({ root, say: () => () => undefined, signal });
  } finally {
    release();
  }
};
