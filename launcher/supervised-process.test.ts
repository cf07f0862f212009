import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { processEnvironment } from '../platform/config/process-environment.ts';
import { superviseProcess, type SupervisedProcess } from './supervised-process.ts';

let folder: string;
let supervised: SupervisedProcess | undefined;
const said: string[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unroll-supervised-'));
  said.length = 0;
});
afterEach(async () => {
  supervised?.kill();
  await rm(folder, { recursive: true });
});

const start = async (program: string): Promise<SupervisedProcess> => {
  const file = join(folder, 'child.mjs');
  await writeFile(file, program);
  supervised = superviseProcess({
    name: 'test',
    entry: pathToFileURL(file),
    environment: { ...processEnvironment, FOLDER: folder },
    say: (line) => said.push(line),
  });
  return supervised;
};
const pidFile = (): Promise<string> => readFile(join(folder, 'pid'), 'utf8').catch(() => '');
async function newPid(other: string): Promise<string> {
  for (;;) {
    const pid = await pidFile();
    if (pid !== '' && pid !== other) return pid;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
const lives = `
  import { writeFileSync } from 'node:fs';
  import { env } from 'node:process';
  writeFileSync(env.FOLDER + '/pid', String(process.pid));
  process.once('disconnect', () => process.exit(0));
`;
const isGone = (pid: string): boolean => {
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch {
    return true;
  }
};

it('starts a child again that was killed, and says so', async () => {
  const child = await start(lives);
  child.keepRunning();
  const first = await newPid('');
  process.kill(Number(first), 'SIGKILL');
  const second = await newPid(first);
  expect(await child.firstDeath).toBe('The test process was ended by SIGKILL.');
  expect(said).toEqual(['the test process was ended by SIGKILL; starting it again in 1 s']);
  await child.stop(5_000);
  expect(isGone(second)).toBe(true);
});

it('says how a child ended that fails at once, and does not start it again', async () => {
  const child = await start('process.exit(3)');
  expect(await child.firstDeath).toBe('The test process ended with exit code 3.');
  await child.stop(5_000);
  expect(said).toEqual([]);
});

it('kills a child that does not end when asked to', async () => {
  const child = await start(`process.on('SIGTERM', () => undefined); ${lives}`);
  const pid = await newPid('');
  await child.stop(50);
  expect(isGone(pid)).toBe(true);
  expect(said).toEqual([]);
});
