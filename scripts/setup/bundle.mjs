/**
 * `npm run build`, and a step of the setup: dist/, one file for each process or thread that is started, and chunks of what several share.
 * Run in the project's folder.
 */
import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

/** Each is started by its path: `dist/workers/main.js` is made of `workers/main.ts`. */
const entries = [
  'cli/quickstart.ts',
  'launcher/main.ts',
  'launcher/migrate.ts',
  'services/main.ts',
  'services/inference/sessions/thread.ts',
  'workers/main.ts',
  'workers/ingest/child.ts',
  'workers/predict/child.ts',
  'workers/train/child.ts',
];

/**
 * Packages of plain JavaScript in so many files that opening them takes most of a process's start. All others are imported where they
 * are installed: they hold native code, read files beside themselves, or are few files anyway.
 */
const bundled = ['typebox', '@duckdb/node-api'];

const isBundled = (specifier) =>
  bundled.some((name) => specifier === name || specifier.startsWith(`${name}/`));

/** @type {import('esbuild').Plugin} */
const installedPackages = {
  name: 'installed-packages',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^[^./]/ }, ({ path: specifier, kind }) =>
      kind === 'entry-point' || isBundled(specifier) ? undefined : { path: specifier, external: true },
    );
  },
};

const { metafile } = await build({
  entryPoints: entries,
  outbase: '.',
  outdir: 'dist',
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  sourcesContent: false,
  metafile: true,
  logLevel: 'warning',
  plugins: [installedPackages],
  // For what is CommonJS among the bundled packages.
  banner: {
    js: "import { createRequire as requireOfBundle } from 'node:module'; const require = requireOfBundle(import.meta.url);",
  },
});

/** What an earlier build has made is gone with its source. */
const made = new Set(Object.keys(metafile.outputs).map((file) => path.relative('dist', file)));
for (const file of readdirSync('dist', { recursive: true }))
  if (/\.(js|map|tsbuildinfo)$/.test(file) && !made.has(file)) rmSync(path.join('dist', file));
