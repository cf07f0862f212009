/** The Node version that everything else needs. Written so that old versions can read it and say so. */
import { SetupError } from './setup-error.mjs';

const needed = [20, 19];

export const checkNodeVersion = (version = process.versions.node) => {
  const [major, minor] = version.split('.').map(Number);
  if (major > needed[0] || (major === needed[0] && minor >= needed[1])) return;
  throw new SetupError(
    `Unroll needs Node ${needed.join('.')} or newer; this is Node ${version}.\n` +
      'Install a newer one (https://nodejs.org/en/download), then run the same command again.',
  );
};
