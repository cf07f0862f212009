/** `npm run setup`, and what `npm test` does first. `--no-redis`: without looking for a redis-server (image builds). */
import { runScript } from './setup/run-script.mjs';
import { setup } from './setup/setup.mjs';

await runScript(({ root, signal }) => setup({ root, signal, redis: !process.argv.includes('--no-redis') }));
