import { describe, expect, it } from 'vitest';
import { startChild, type SupervisedChild } from './child-process.ts';

const entry = new URL('fixtures/scripted-child.mjs', import.meta.url);

/** Starts the scripted child and keeps its reports; `onReport` may act on them. */
function start(
  steps: readonly object[],
  onReport: (report: unknown, child: SupervisedChild<object>) => void = () => undefined,
  heapMegabytes = 64,
) {
  const reports: unknown[] = [];
  const child = startChild<object>({
    entry,
    heapMegabytes,
    graceMs: 50,
    onReport(report) {
      reports.push(report);
      onReport(report, child);
    },
  });
  child.send({ steps });
  return { child, reports };
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('startChild', () => {
  it('hands over every report, numbers that JSON has not among them, before it says that the child ended', async () => {
    const steps = [
      ...Array.from({ length: 200 }, (_, i) => ({ report: i })),
      { report: NaN },
      { exit: true },
    ];
    const { child, reports } = start(steps);
    expect(await child.ended).toEqual({ code: 0, signal: null, outOfMemory: false, stderr: '' });
    expect(reports).toEqual([...Array.from({ length: 200 }, (_, i) => i), NaN]);
  });

  it('gives the child nothing of the environment', async () => {
    const { child, reports } = start([{ environment: true }, { exit: true }]);
    await child.ended;
    expect((reports[0] as string[]).filter((name) => !name.startsWith('NODE_CHANNEL_'))).toEqual(['TZ']);
  });

  it('tells the signal that ended it, and what it wrote last', async () => {
    const { child } = start([{ stderr: 'the end is near' }, { report: 1 }], (_, running) => {
      if (running.pid !== undefined) process.kill(running.pid, 'SIGKILL');
    });
    expect(await child.ended).toMatchObject({
      code: null,
      signal: 'SIGKILL',
      stderr: 'the end is near',
    });
  });

  it('ends a child that does not listen', async () => {
    const { child, reports } = start([{ deaf: true }, { report: 'ready' }], (report, running) => {
      if (report === 'ready') void running.kill();
    });
    expect(await child.ended).toMatchObject({ signal: 'SIGKILL' });
    expect(reports).toEqual(['ready', 'deaf']);
    expect(isAlive(child.pid ?? 0)).toBe(false);
  });

  it('keeps the heap within its limit', async () => {
    const { child } = start([{ fill: true }], undefined, 32);
    const { signal, stderr } = await child.ended;
    expect(signal).toBe('SIGABRT');
    expect(stderr).toMatch(/heap out of memory/);
  });

  it('drops what it sends to a child that is gone', async () => {
    const { child } = start([{ exit: true }]);
    await child.ended;
    child.send({ steps: [] });
    expect(await child.kill()).toMatchObject({ code: 0 });
  });
});
