/**
 * redis-server has no npm package: it is looked for on the PATH (Valkey does as well), and installed by apt where that
 * can be done without asking anyone.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import path from 'node:path';
import { runCommand } from './run-command.mjs';
import { SetupError } from './setup-error.mjs';

const isOnPath = (program) =>
  (process.env.PATH ?? '').split(path.delimiter).some((folder) => {
    try {
      accessSync(path.join(folder, program), constants.X_OK);
      return folder !== '';
    } catch {
      return false;
    }
  });

export const redisIsThere = () => isOnPath('redis-server') || isOnPath('valkey-server');

/**
 * Debian starts a service when its package is installed, and at every boot: a policy-rc.d that answers 101 prevents the
 * first, `systemctl disable` the second. Unroll starts a redis-server of its own on a port of its own.
 */
const installScript = `
set -e
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\\nexit 101\\n' > "$policy"
  chmod 755 "$policy"
fi
install() { apt-get install -y --no-install-recommends redis-server; }
install || { apt-get update && install; }
if [ -d /run/systemd/system ]; then systemctl disable redis-server.service; fi
`;

/** How to become root without being asked for a password; null when there is no way. */
const rootPrefix = () => {
  if (process.getuid?.() === 0) return [];
  if (!isOnPath('sudo')) return null;
  return spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0 ? ['sudo', '-n'] : null;
};

const byHand = () => {
  if (process.platform === 'darwin') return 'brew install redis';
  if (existsSync('/usr/bin/apt-get')) return 'sudo apt-get install redis-server';
  if (existsSync('/usr/bin/dnf')) return 'sudo dnf install valkey';
  if (existsSync('/sbin/apk')) return 'apk add redis';
  if (existsSync('/usr/bin/pacman')) return 'sudo pacman -S valkey';
  return 'install redis-server (7 or newer) or valkey-server with the package manager of this system';
};

const message = (reason) =>
  `redis-server was not found on the PATH, and ${reason}.\nInstall it, then run the same command again:\n\n    ${byHand()}\n\n` +
  'Or point REDIS_URL at a Redis that runs already (`npm start` and `npm run quickstart` only).';

/** An installation that has begun is never broken off: that would leave dpkg in the middle of its work. */
export const installRedis = async ({ root, say, signal }) => {
  if (redisIsThere()) return;
  signal.throwIfAborted();
  const prefix = existsSync('/usr/bin/apt-get') ? rootPrefix() : null;
  if (prefix === null) throw new SetupError(message('it cannot be installed from here without a password'));
  const done = say('installing redis-server with apt');
  const [command, ...args] = [...prefix, 'sh', '-c', installScript];
  await runCommand(command, args, {
    cwd: root,
    signal: new AbortController().signal,
    failure: message('installing it with apt failed'),
  });
  signal.throwIfAborted();
  done();
};
