/**
 * Only one setup works on a folder at a time; a second one waits for the first.
 *
 * The lock is a file that holds its owner's process id. A lock whose owner is gone is moved aside before it is taken, so
 * that of several that find it only one takes it.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const pollMs = 200;

const isAlive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
};

const readOwner = (file) => {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
};

const tryTake = (file) => {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  }
};

const moveAside = (file) => {
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
    rmSync(aside, { force: true });
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
};

/**
 * @param {string} file
 * @param {{ signal: AbortSignal, onWait: (ownerPid: number) => void }} options
 * @returns {Promise<() => void>} gives the lock back
 */
export const takeLock = async (file, { signal, onWait }) => {
  mkdirSync(path.dirname(file), { recursive: true });
  let told = false;
  while (!tryTake(file)) {
    const owner = readOwner(file);
    if (owner !== null && owner > 0 && !isAlive(owner)) {
      moveAside(file);
      continue;
    }
    if (!told && owner) {
      onWait(owner);
      told = true;
    }
    await delay(pollMs, undefined, { signal });
  }
  return () => rmSync(file, { force: true });
};
