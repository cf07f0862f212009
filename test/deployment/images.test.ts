/** Dockerfile and docker-compose.yml against what is in the repository: no Docker engine is needed. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { Config } from '../../platform/config/config.ts';

interface Service {
  image: string;
  command?: string[];
  environment: Record<string, string>;
  healthcheck?: { test?: string[] | string; disable?: boolean };
  restart: string;
  volumes: string[];
  user?: string;
  read_only?: boolean;
  depends_on?: Record<string, { condition: string }>;
  ports?: string[];
}
const text = readFileSync('docker-compose.yml', 'utf8');
const { services, volumes } = parse(text, { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, null>;
};
const dockerfile = readFileSync('Dockerfile', 'utf8').replaceAll('\\\n', ' ');
const ours = Object.entries(services).filter(([, { image }]) => image.startsWith('unroll:'));
const sourceOf = (compiled: string) => compiled.replace(/^dist\//, '').replace(/\.js$/, '.ts');

describe('docker-compose.yml', () => {
  it('has every role, and the servers that they need', () => {
    expect(Object.keys(services).sort()).toEqual([
      'api',
      'inference',
      'migrate',
      'postgres',
      'redis',
      'worker',
    ]);
    expect(services['api']!.environment['ROLE']).toBe('api');
    expect(services['inference']!.environment['ROLE']).toBe('inference');
  });

  it('sets nothing but settings that there are', () => {
    for (const [, { environment }] of ours)
      for (const name of Object.keys(environment)) expect(Object.keys(Config.properties)).toContain(name);
  });

  it('has no password of its own: they come from the environment, or nothing starts', () => {
    const passwords = [...text.matchAll(/\$\{(\w*PASSWORD)([^}]*)\}/g)];
    expect(passwords.length).toBeGreaterThan(3);
    for (const [, , rest] of passwords) expect(rest).toMatch(/^:\?/);
  });

  it('checks the health of everything that stays, and starts what is needed first', () => {
    for (const [name, { healthcheck, restart }] of Object.entries(services)) {
      if (name === 'migrate') continue;
      expect(restart, name).toBe('unless-stopped');
      if (name !== 'api' && name !== 'inference') expect(healthcheck?.test, name).toBeDefined();
    }
    for (const name of ['api', 'inference', 'worker'])
      expect(services[name]!.depends_on!['migrate']!.condition).toBe('service_completed_successfully');
  });

  it('runs files that are built, read-only, with the objects shared', () => {
    for (const [name, { command, read_only: readOnly, volumes: mounted }] of ours) {
      const entry = command?.find((part) => part.startsWith('dist/'));
      if (entry !== undefined) expect(existsSync(sourceOf(entry)), entry).toBe(true);
      expect(readOnly, name).toBe(true);
      expect(mounted, name).toEqual(['objects:/data']);
    }
    expect(Object.keys(volumes).sort()).toEqual(['objects', 'postgres', 'redis']);
  });

  it('keeps deliveries through restarts and evicts none', () => {
    expect(services['redis']!.command!.join(' ')).toMatch(/--appendonly yes --maxmemory-policy noeviction/);
  });

  it('is reached from this machine alone, unless told otherwise', () => {
    const published = Object.values(services).flatMap(({ ports = [] }) => ports);
    expect(published).toEqual(['${PUBLISH:-127.0.0.1:3000}:3000']);
  });
});

describe('Dockerfile', () => {
  it('copies what there is, and .dockerignore lets it through', () => {
    const letThrough = new Set(
      readFileSync('.dockerignore', 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('!'))
        .map((line) => line.slice(1)),
    );
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap((match) =>
      match[1]!.split(' '),
    );
    expect(copied.length).toBeGreaterThan(10);
    for (const path of copied) {
      const name = path.replace(/\/$/, '');
      expect(existsSync(name), name).toBe(true);
      expect(letThrough, name).toContain(name);
    }
  });

  it('ends as a user that is not root, with a health check and a file that is built', () => {
    const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
    expect(last).toMatch(/^USER [1-9]\d*$/m);
    expect(last).toMatch(/^HEALTHCHECK /m);
    const entry = /^CMD .*"(dist\/[^"]+)"\]$/m.exec(last)![1]!;
    expect(existsSync(sourceOf(entry))).toBe(true);
  });
});
