/** All settings, read once from the environment and frozen. */
import { availableParallelism, totalmem } from 'node:os';
import { resolve } from 'node:path';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { processEnvironment } from './process-environment.ts';

const GiB = 1024 ** 3;

/** Of this machine, or of what the container allows. */
function memoryBytes(): number {
  const allowed = process.constrainedMemory();
  return allowed > 0 ? Math.min(allowed, totalmem()) : totalmem();
}

/** What is left for weights, states and batches beside the processes themselves. */
const trainingBytes = (): number => Math.floor(0.75 * memoryBytes());

/** The one schema: `docs/configuration.md` is made from it. */
export const Config = Type.Object({
  PORT: Type.Integer({
    minimum: 0,
    maximum: 65_535,
    default: 3000,
    description: 'Where HTTP is answered; 0: any free port.',
  }),
  HOST: Type.String({
    minLength: 1,
    default: '127.0.0.1',
    description: 'Address to listen on; 0.0.0.0: every address of this machine.',
  }),
  DATA_DIR: Type.String({
    minLength: 1,
    default: './data',
    description:
      'Folder of the objects (uploads, tables, models) and of the embedded servers; made absolute.',
  }),
  DATABASE_URL: Type.Optional(
    Type.String({ pattern: '^postgres(ql)?://', description: 'Absent: the embedded PostgreSQL.' }),
  ),
  REDIS_URL: Type.Optional(
    Type.String({ pattern: '^rediss?://', description: 'Absent: the embedded Redis.' }),
  ),
  MAX_UPLOAD_BYTES: Type.Integer({
    minimum: 1,
    default: 2 * GiB,
    description: 'Largest upload; one byte more is answered with 413.',
  }),
  UPLOAD_EXPIRE_HOURS: Type.Number({
    minimum: 0.001,
    maximum: 8760,
    default: 24,
    description:
      'How long an upload in pieces (tus) may take from its creation on; then what came of it is removed.',
  }),
  UPLOAD_HOSTS: Type.String({
    default: '',
    pattern: '^$|^(\\*\\.)?[a-z0-9.-]+(:[0-9]+)?(,(\\*\\.)?[a-z0-9.-]+(:[0-9]+)?)*$',
    description:
      'Hosts that datasets may be fetched from by URL, by commas: data.example.com,*.example.org (all names below). Empty: none.',
  }),
  UPLOAD_S3_ENDPOINT: Type.Optional(
    Type.String({
      pattern: '^https?://[^/]+$',
      description:
        'Where s3://bucket/key is fetched from, as endpoint/bucket/key; its host has to be among UPLOAD_HOSTS. Absent: s3:// is refused.',
    }),
  ),
  UPLOAD_S3_ACCESS_KEY_ID: Type.Optional(
    Type.String({
      description:
        'Access key that requests to UPLOAD_S3_ENDPOINT are signed with, so that s3:// reads what it may read: every client of the API can. Absent: without a signature, what is public.',
    }),
  ),
  UPLOAD_S3_SECRET_ACCESS_KEY: Type.Optional(
    Type.String({ description: 'The secret of UPLOAD_S3_ACCESS_KEY_ID; it is never sent nor logged.' }),
  ),
  UPLOAD_S3_SESSION_TOKEN: Type.Optional(
    Type.String({ description: 'Of temporary credentials, beside the access key.' }),
  ),
  UPLOAD_S3_REGION: Type.String({
    default: 'us-east-1',
    pattern: '^[a-z0-9-]+$',
    description: 'Region that requests to UPLOAD_S3_ENDPOINT are signed for.',
  }),
  UPLOAD_ALLOW_PRIVATE: Type.Union([Type.Literal('false'), Type.Literal('true')], {
    default: 'false',
    description:
      'Whether hosts among UPLOAD_HOSTS may have private addresses (this machine, the local network), and be asked by http.',
  }),
  MAX_UNPACKED_BYTES: Type.Integer({
    minimum: 1,
    default: 16 * GiB,
    description:
      'Most that a compressed upload or an archive may hold, and the recordings or images in it once decoded. It is written to the disk of the worker.',
  }),
  MAX_TRAINING_BYTES: Type.Integer({
    minimum: 1,
    default: trainingBytes(),
    description:
      'Memory that one training job may need; one that is reckoned to need more is refused. Set it to the greatest WORKER_MEMORY_BYTES where workers have other machines than the API.',
  }),
  STOP_DELAY_MS: Type.Integer({
    minimum: 0,
    maximum: 5000,
    default: 2000,
    description:
      'How long an HTTP process that was told to stop goes on answering, with /readyz red, so that balancers turn to others. `npm start` takes 0 unless it is set.',
  }),
  IDEMPOTENCY_HOURS: Type.Integer({
    minimum: 1,
    maximum: 8760,
    default: 24,
    description: 'How long the answer to a request with an Idempotency-Key is kept.',
  }),
  WEBHOOK_ALLOW_PRIVATE: Type.Union([Type.Literal('false'), Type.Literal('true')], {
    default: 'false',
    description:
      'Whether webhooks may go to private addresses (this machine, the local network), and by http. The same for the API and the workers.',
  }),
  WEBHOOK_RETENTION_DAYS: Type.Integer({
    minimum: 4,
    maximum: 3650,
    default: 30,
    description: 'How long webhook messages and the record of their deliveries are kept.',
  }),
  LOG_LEVEL: Type.Union(
    [
      Type.Literal('fatal'),
      Type.Literal('error'),
      Type.Literal('warn'),
      Type.Literal('info'),
      Type.Literal('debug'),
      Type.Literal('trace'),
      Type.Literal('silent'),
    ],
    { default: 'info', description: 'Least severe log lines that are written.' },
  ),
  ROLE: Type.Union([Type.Literal('all'), Type.Literal('api'), Type.Literal('inference')], {
    default: 'all',
    description: 'What the HTTP process answers: the control plane (api), predictions (inference), or both.',
  }),
  INFERENCE_URL: Type.Optional(
    Type.String({
      pattern: '^https?://',
      description: 'Where a process in role api forwards predictions to.',
    }),
  ),
  TRAIN_THREADS: Type.Integer({
    minimum: 1,
    maximum: 1024,
    default: availableParallelism(),
    description: 'Threads of one training child.',
  }),
  WORKER_CONCURRENCY: Type.Integer({
    minimum: 1,
    maximum: 256,
    default: 1,
    description: 'Training jobs that one worker runs at a time, if it has the memory.',
  }),
  WORKER_THREADS: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 4096,
      description:
        'Threads that the jobs of one worker may have together, each TRAIN_THREADS of them. Absent: as many as WORKER_CONCURRENCY jobs have.',
    }),
  ),
  WORKER_MEMORY_BYTES: Type.Integer({
    minimum: 1,
    default: trainingBytes(),
    description:
      'Memory that the jobs of one worker may need together, as it is reckoned in a dry run. A worker takes only jobs that fit.',
  }),
  PREEMPT_AFTER_SECONDS: Type.Integer({
    minimum: 0,
    maximum: 1_000_000,
    default: 600,
    description:
      'A job that has run for so long makes way for one that has waited for so long and is much shorter or of greater priority; it goes on later from its checkpoint. 0: never.',
  }),
  HEARTBEAT_MS: Type.Integer({
    minimum: 10,
    default: 1000,
    description:
      'How often a worker says that it lives, and how soon at the latest it hears of a cancellation.',
  }),
  LOST_AFTER_MS: Type.Integer({
    minimum: 100,
    default: 10_000,
    description: 'A worker that has not been heard of for so long has lost its job.',
  }),
  MAX_ATTEMPTS: Type.Integer({
    minimum: 1,
    maximum: 100,
    default: 3,
    description:
      'How many workers a job may lose in a row, without a new checkpoint between, before it fails as `worker_lost`.',
  }),
  CHECKPOINT_SECONDS: Type.Number({
    minimum: 0.01,
    maximum: 86_400,
    default: 30,
    description:
      'How often a training child writes down what it takes to go on; less often where writing would take more than 2 % of the time.',
  }),
  STRAY_AFTER_MS: Type.Integer({
    minimum: 1000,
    default: 3_600_000,
    description:
      'Files that no row names are removed when they are so old; more than any process may be away and come back.',
  }),
  INFERENCE_THREADS: Type.Integer({
    minimum: 1,
    maximum: 256,
    default: Math.max(1, availableParallelism() - 1),
    description:
      'Worker threads that answer predictions, each one run at a time. One core is best left to HTTP.',
  }),
  MODEL_CACHE_BYTES: Type.Integer({
    minimum: 1,
    default: GiB,
    description:
      'Memory that models which are kept open for predictions may take, as it is reckoned from their files; the least recently used are closed, but none that is in use.',
  }),
  BATCH_MAX: Type.Integer({
    minimum: 1,
    maximum: 4096,
    default: 32,
    description:
      'Inputs of concurrent requests that share one run of a model, at most. 1: none do. With more, all that are waiting go into one run, and while it lasts nothing is read or written.',
  }),
  BATCH_WAIT_MS: Type.Number({
    minimum: 0,
    maximum: 1000,
    default: 2,
    description:
      'How long a request to a model that is being run waits for others to share the next run while a thread is free. A request to an idle model does not wait.',
  }),
  PREDICTION_QUEUE: Type.Integer({
    minimum: 1,
    maximum: 1_000_000,
    default: 512,
    description: 'Inputs that may wait for one model; more are answered with 503 and Retry-After.',
  }),
  PREDICTION_QUEUE_BYTES: Type.Integer({
    minimum: 1,
    default: GiB / 4,
    description: 'Memory that the inputs which wait for all models may take; more are answered with 503.',
  }),
  STREAM_TTL_SECONDS: Type.Integer({
    minimum: 1,
    maximum: 31_536_000,
    default: 3600,
    description: 'How long a stream is kept in Redis after its last step; whoever opens it may ask for less.',
  }),
  STREAM_MAX_STATE_BYTES: Type.Integer({
    minimum: 1024,
    maximum: 64 * 1024 ** 2,
    default: 1024 ** 2,
    description:
      'Largest state of a stream; models that remember more have none. With STREAMS_MAX it bounds what streams take in Redis.',
  }),
  STREAMS_MAX: Type.Integer({
    minimum: 1,
    maximum: 100_000_000,
    default: 100_000,
    description: 'Streams that may be open, in all replicas together; more are answered with 503.',
  }),
  PREDICTION_TIMEOUT_MS: Type.Integer({
    minimum: 1,
    maximum: 3_600_000,
    default: 30_000,
    description: 'How long a prediction may take before it is answered with 504; requests may ask for less.',
  }),
});

export type Config = Readonly<Static<typeof Config>>;

type Environment = Readonly<Record<string, string | undefined>>;

/** Throws with all that is wrong, one setting a line: «PORT: expected …, got …». An empty variable counts as absent. */
export function readConfig(environment: Environment = processEnvironment): Config {
  const given: Record<string, unknown> = {};
  const wrong: string[] = [];
  for (const [name, schema] of Object.entries(Config.properties)) {
    const text = environment[name];
    if (text === undefined || text.trim() === '') {
      if ('default' in schema) given[name] = schema.default;
      continue;
    }
    const value = Type.IsInteger(schema) || Type.IsNumber(schema) ? Number(text) : text;
    given[name] = value;
    if (!Value.Check(schema, value))
      wrong.push(`${name}: expected ${expected(schema)}, got ${secretless(name, text)}`);
  }
  const { HEARTBEAT_MS: heartbeat, LOST_AFTER_MS: lostAfter } = given;
  if (Number(lostAfter) <= Number(heartbeat))
    wrong.push(
      `LOST_AFTER_MS: expected more than HEARTBEAT_MS (${String(heartbeat)}), got ${String(lostAfter)}`,
    );
  const { TRAIN_THREADS: threads, WORKER_THREADS: workerThreads } = given;
  if (workerThreads !== undefined && Number(workerThreads) < Number(threads))
    wrong.push(
      `WORKER_THREADS: expected at least TRAIN_THREADS (${String(threads)}), got ${Number(workerThreads)}`,
    );
  const { UPLOAD_S3_ACCESS_KEY_ID: keyId, UPLOAD_S3_SECRET_ACCESS_KEY: secret } = given;
  if ((keyId === undefined) !== (secret === undefined))
    wrong.push(
      `UPLOAD_S3_${keyId === undefined ? 'ACCESS_KEY_ID' : 'SECRET_ACCESS_KEY'}: expected both UPLOAD_S3_ACCESS_KEY_ID and UPLOAD_S3_SECRET_ACCESS_KEY, or neither, got one of them`,
    );
  if (wrong.length > 0) throw new Error(`The configuration is wrong.\n${wrong.join('\n')}`);

  const config = Value.Parse(Config, given);
  return Object.freeze({ ...config, DATA_DIR: resolve(config.DATA_DIR) });
}

/** What s3:// is asked with; null: nothing. */
export function s3Credentials(config: Config): {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | null;
  readonly region: string;
} | null {
  const { UPLOAD_S3_ACCESS_KEY_ID: accessKeyId, UPLOAD_S3_SECRET_ACCESS_KEY: secretAccessKey } = config;
  if (accessKeyId === undefined || secretAccessKey === undefined) return null;
  return {
    ...{ accessKeyId, secretAccessKey, region: config.UPLOAD_S3_REGION },
    sessionToken: config.UPLOAD_S3_SESSION_TOKEN ?? null,
  };
}

/** URLs may hold a password: they are not repeated in messages. */
const secretless = (name: string, text: string): string =>
  name.endsWith('_URL') ? 'something else' : JSON.stringify(text);

function expected(schema: (typeof Config.properties)[keyof typeof Config.properties]): string {
  if (Type.IsUnion(schema)) return `one of ${schema.anyOf.map((option) => option.const).join(', ')}`;
  if (Type.IsInteger(schema) || Type.IsNumber(schema)) {
    const { minimum, maximum } = schema as { minimum?: number; maximum?: number };
    return `${Type.IsInteger(schema) ? 'an integer' : 'a number'} of at least ${String(minimum)}${maximum === undefined ? '' : ` and at most ${String(maximum)}`}`;
  }
  const { pattern } = schema as { pattern?: string };
  return pattern === undefined ? 'a text' : `a text that matches ${pattern}`;
}
