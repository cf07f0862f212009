import { expect, it } from 'vitest';
import fastify from 'fastify';
import { registerInference } from './app.ts';
import type { InferenceParts } from './parts.ts';
import { inferencePaths } from './paths.ts';

it('names every route of the data plane, and nothing else', async () => {
  const server = fastify();
  const routes = new Set<string>();
  server.addHook('onRoute', ({ url }) => void routes.add(url));
  server.setValidatorCompiler(() => () => true);
  // Routes are only registered here.
  registerInference(server, {} as InferenceParts);
  await server.ready();
  await server.close();
  const pathOf = (url: string) =>
    inferencePaths.find((path) => path === url || (path.endsWith('/*') && url.startsWith(path.slice(0, -1))));
  expect([...routes].filter((url) => pathOf(url) === undefined)).toEqual([]);
  expect(new Set([...routes].map(pathOf))).toEqual(new Set(inferencePaths));
});
