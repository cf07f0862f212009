import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { renderDocs } from './docs.ts';

it('finds the generated pages as they are made from the code (mend: npm run docs)', async () => {
  for (const [file, content] of Object.entries(await renderDocs()))
    expect(await readFile(file, 'utf8'), file).toBe(content);
});
