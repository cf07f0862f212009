/** `npm start`: sets up what is missing, then becomes the launcher. */
import { runScript } from './setup/run-script.mjs';
import { setup } from './setup/setup.mjs';

await runScript(({ root, signal }) => setup({ root, signal, redis: !process.env.REDIS_URL }));
if (!process.exitCode) await import(new URL('../dist/launcher/main.js', import.meta.url).href);
