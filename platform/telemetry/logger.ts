/** Structured logs: JSON lines on standard output. */
import { pino, type DestinationStream, type Logger } from 'pino';

export type { Logger };

/** What must never be in a log, wherever it stands. */
const secrets = ['password', '*.password', 'DATABASE_URL', '*.DATABASE_URL', 'REDIS_URL', '*.REDIS_URL'];

export const createLogger = (
  options: { level: string; name: string },
  destination?: DestinationStream,
): Logger =>
  pino(
    {
      level: options.level,
      base: { name: options.name, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: [...secrets, 'req.headers.authorization', 'req.headers.cookie', 'req.headers["x-api-key"]'],
        censor: '[redacted]',
      },
    },
    destination,
  );
