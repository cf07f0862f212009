/** Stamps: what a step was last done for. A step whose stamp still fits is left out. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** SHA-256 over names and contents, in order. */
export const digestOf = (root, files) => {
  const hash = createHash('sha256');
  for (const file of files) {
    const content = readFileSync(path.join(root, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
};

const stampFile = (root, step) => path.join(root, '.setup', `${step}.stamp`);

export const isStamped = (root, step, digest) => {
  try {
    return readFileSync(stampFile(root, step), 'utf8') === digest;
  } catch {
    return false;
  }
};

export const stamp = (root, step, digest) => {
  mkdirSync(path.join(root, '.setup'), { recursive: true });
  writeFileSync(stampFile(root, step), digest);
};
