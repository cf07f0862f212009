/** What the data plane answers: whoever has no plane of its own forwards these to one that has. A route that is not here fails paths.test.ts. */

/** Patterns of the router; below those that end in `/*` everything is meant. */
export const inferencePaths = [
  '/v1/models/:ref/predictions',
  '/v1/models/:ref/streams',
  '/v1/models/:ref/trace',
  '/v1/streams/*',
  '/v2',
  '/v2/*',
] as const;
