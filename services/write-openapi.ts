/** `npm run openapi`: writes openapi/openapi.json from the routes. A test checks that it was not forgotten. */
import { writeFile } from 'node:fs/promises';
import { makeOpenApiDocument } from './openapi-document.ts';

const file = new URL('../openapi/openapi.json', import.meta.url);
await writeFile(file, `${JSON.stringify(await makeOpenApiDocument(), null, 2)}\n`);
