/** Which version of Unroll this is, from its package.json. */
import { existsSync, readFileSync } from 'node:fs';

/** The package's folder is one above this one in the sources, two in `dist`. */
export function readVersion(): string {
  const places = ['../package.json', '../../package.json'].map((path) => new URL(path, import.meta.url));
  const found = places.find((place) => existsSync(place));
  if (found === undefined) throw new Error('internal: package.json is missing');
  return (JSON.parse(readFileSync(found, 'utf8')) as { version: string }).version;
}
