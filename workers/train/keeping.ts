/** Where the rows that a training reads again and again are kept. */
import { join } from 'node:path';

/** Of rows that are held in memory; those of larger tables are read from a file as they are needed. */
const maxRowBytes = 256 * 1024 * 1024;

/** @param workFolder - of this attempt alone */
export const keepingIn = (workFolder: string) => ({ path: join(workFolder, 'rows'), maxBytes: maxRowBytes });
