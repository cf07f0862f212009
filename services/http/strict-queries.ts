/** A route that says nothing of a query takes none: an unknown field is refused by name everywhere. */
import { Type } from 'typebox';
import type { HttpServer } from './server.ts';

const nothing = Type.Object({}, { additionalProperties: false });

export function registerStrictQueries(server: HttpServer): void {
  server.addHook('onRoute', (route) => {
    if (!route.url.startsWith('/v1/') || route.schema?.querystring !== undefined) return;
    route.schema = { ...route.schema, querystring: nothing };
  });
}
