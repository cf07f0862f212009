import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const thread = new URL('../../dist/services/inference/sessions/thread.js', import.meta.url);
/** A session thread of the service, told to load what is no model. */
const run = `const { SHARE_ENV, Worker } = require('node:worker_threads');
const thread = new Worker(new URL(${JSON.stringify(thread.href)}), { workerData: { intraOpThreads: 1 }, env: SHARE_ENV });
thread.postMessage({ id: 1, request: { kind: 'load', key: 'none', path: process.argv[1] } });
thread.once('message', ({ error }) => process.exit(error === undefined ? 1 : 0));`;

it('leaves no identifier and no event of ONNX Runtime behind', async () => {
  const home = await mkdtemp(join(tmpdir(), 'unroll-home-'));
  try {
    // A home and nothing else: where CI is told, for instance, ONNX Runtime is silent anyway.
    await promisify(execFile)(process.execPath, ['--eval', run, import.meta.filename], {
      env: { HOME: home },
    });
    expect(await readdir(home)).toEqual([]);
  } finally {
    await rm(home, { recursive: true });
  }
});
