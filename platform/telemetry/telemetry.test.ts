import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createLogger } from './logger.ts';
import { Counter, createMetricsRegistry } from './metrics.ts';

describe('createLogger', () => {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });

  it('writes one JSON object a line, with errors and without secrets', () => {
    const logger = createLogger({ level: 'info', name: 'test' }, destination);
    logger.debug('not written');
    logger.error(
      { err: new Error('broken'), config: { DATABASE_URL: 'postgresql://u:secret@h/d' } },
      'it broke',
    );
    expect(lines).toHaveLength(1);
    const line: unknown = JSON.parse(lines[0] ?? '');
    expect(line).toMatchObject({ level: 'error', name: 'test', msg: 'it broke', err: { message: 'broken' } });
    expect(lines[0]).not.toContain('secret');
  });
});

describe('createMetricsRegistry', () => {
  it('keeps registries apart', async () => {
    const [first, second] = [createMetricsRegistry('api'), createMetricsRegistry('worker')];
    new Counter({ name: 'unroll_things_total', help: 'Things.', registers: [first] }).inc(3);
    expect(await first.metrics()).toContain('unroll_things_total{role="api"} 3');
    expect(await second.metrics()).not.toContain('unroll_things_total');
    expect(await second.metrics()).toMatch(/unroll_process_cpu_seconds_total\{role="worker"\}/);
  });
});
