import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const session = new URL('../../dist/engine/runtime/session.js', import.meta.url);
const run = `import { openSession } from ${JSON.stringify(session.href)};
await openSession(new Uint8Array([1]), { threads: 1 }).then(() => process.exit(1), () => undefined);`;

it('leaves no identifier and no event of ONNX Runtime behind', async () => {
  const home = await mkdtemp(join(tmpdir(), 'unroll-home-'));
  try {
    // A home and nothing else: where CI is told, for instance, ONNX Runtime is silent anyway.
    await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', run], {
      env: { HOME: home },
    });
    expect(await readdir(home)).toEqual([]);
  } finally {
    await rm(home, { recursive: true });
  }
});
