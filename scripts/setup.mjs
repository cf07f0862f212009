/** `npm run setup`, and what `npm test` does first. */
import { runScript } from './setup/run-script.mjs';
import { setup } from './setup/setup.mjs';

await runScript(({ root, signal }) => setup({ root, signal, redis: true }));
