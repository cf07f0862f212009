import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packagesAreInstalled } from './packages.mjs';

interface Entry {
  version?: string;
  optional?: boolean;
  optionalDependencies?: Record<string, string>;
}
const lockOf = async (file: string) =>
  (JSON.parse(await readFile(file, 'utf8')) as { packages: Record<string, Entry> }).packages;

describe('packagesAreInstalled', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'unroll-packages-'));
    await mkdir(join(root, 'node_modules'));
    await cp('package-lock.json', join(root, 'package-lock.json'));
    await cp('node_modules/.package-lock.json', join(root, 'node_modules/.package-lock.json'));
  });
  afterEach(() => rm(root, { recursive: true }));

  it('is content with what npm installed here, builds for other systems left out', () => {
    expect(packagesAreInstalled(root)).toBe(true);
  });

  it('is not content with nothing, with another version, or with a package too few', async () => {
    const file = join(root, 'node_modules/.package-lock.json');
    const packages = await lockOf(file);
    const write = (changed: Record<string, Entry>) => writeFile(file, JSON.stringify({ packages: changed }));

    await write({ ...packages, 'node_modules/fastify': { version: '0.0.1' } });
    expect(packagesAreInstalled(root)).toBe(false);
    await write(
      Object.fromEntries(Object.entries(packages).filter(([place]) => place !== 'node_modules/fastify')),
    );
    expect(packagesAreInstalled(root)).toBe(false);
    await rm(file);
    expect(packagesAreInstalled(root)).toBe(false);
  });
});

it('keeps the builds for every system in the lock: npm ci refuses it without', async () => {
  const packages = await lockOf('package-lock.json');
  const there = new Set(
    Object.keys(packages).map((place) => place.slice(place.lastIndexOf('node_modules/') + 13)),
  );
  const missing = Object.values(packages)
    .flatMap(({ optionalDependencies }) => Object.keys(optionalDependencies ?? {}))
    .filter((name) => !there.has(name));
  expect(missing).toEqual([]);
});
