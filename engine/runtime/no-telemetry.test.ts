import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

it('leaves no identifier and no event of ONNX Runtime behind', async () => {
  const home = await mkdtemp(join(tmpdir(), 'unroll-home-'));
  process.env['HOME'] = home;
  // Where one of these is set it is silent anyway.
  for (const name of ['CI', 'GITHUB_ACTIONS', 'TF_BUILD', 'XDG_CACHE_HOME', 'ORT_DISABLE_TELEMETRY'])
    Reflect.deleteProperty(process.env, name);
  try {
    const { openSession } = await import('./session.ts');
    await expect(openSession(new Uint8Array([1]), { threads: 1 })).rejects.toThrow();
    expect(await readdir(home)).toEqual([]);
  } finally {
    await rm(home, { recursive: true });
  }
});
