/** The npm packages: installed when what lies in node_modules is not what package-lock.json asks for. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { runCommand } from './run-command.mjs';

const readPackages = (file) => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? null;
  } catch {
    return null;
  }
};

/** npm keeps a lock of what it installed in node_modules/.package-lock.json; optional packages may be missing from it. */
export const packagesAreInstalled = (root) => {
  const wanted = readPackages(path.join(root, 'package-lock.json'));
  const installed = readPackages(path.join(root, 'node_modules', '.package-lock.json'));
  if (wanted === null || installed === null) return false;
  return Object.entries(wanted).every(([place, entry]) => {
    if (place === '') return true;
    const found = installed[place];
    if (found === undefined) return entry.optional === true;
    return found.version === entry.version && found.integrity === entry.integrity;
  });
};

export const installPackages = async ({ root, say, signal }) => {
  if (packagesAreInstalled(root)) return;
  const done = say('installing npm packages');
  const npm = process.env.npm_execpath?.endsWith('.js')
    ? { command: process.execPath, args: [process.env.npm_execpath] }
    : { command: 'npm', args: [] };
  await runCommand(
    npm.command,
    [...npm.args, 'ci', '--include=dev', '--prefer-offline', '--no-audit', '--no-fund'],
    {
      cwd: root,
      signal,
      failure: 'npm ci failed; is the npm registry within reach?',
    },
  );
  done();
};
