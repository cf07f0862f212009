/** `npm run docs`: writes the pages of docs/ that are made from tables in the code. docs.test.ts checks that they are up to date. */
import { writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import { errorCodes } from '../domain/errors/error-codes.ts';
import { Config } from '../platform/config/config.ts';
import { specificationRows } from './specification-page.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n');

function errorsPage(): string {
  const rows = Object.entries(errorCodes).map(([code, { status, title, whatToDo }]) => [
    `\`${code}\``,
    String(status),
    title,
    whatToDo,
  ]);
  return `# Errors

Made from \`domain/errors/error-codes.ts\` by \`npm run docs\`; change it there.

Every error is answered as \`application/problem+json\` (RFC 9457): \`type\`, \`title\`, \`status\`, \`detail\`, \`code\`,
\`request_id\`, and \`errors\` with a JSON Pointer (RFC 6901) and a message for each field that is wrong. The \`code\` is
stable: programs should look at it, and at nothing else. The \`request_id\` is in every line that the request left in the log.

${table(['code', 'HTTP status', 'meaning', 'what to do'], rows)}

A training job that fails carries an \`error\` of its own, with \`code\`, \`message\` and a \`hint\` of what to try; see \`GET /v1/training-jobs/{id}\`.
`;
}

interface Setting {
  readonly type?: string;
  readonly anyOf?: readonly { readonly const?: string }[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: string | number;
  readonly description?: string;
}

/** A default that is measured on the machine is not written down as a number. */
const measured: Readonly<Record<string, string>> = {
  TRAIN_THREADS: 'number of cores',
  MAX_TRAINING_BYTES: '¾ of the memory',
  WORKER_MEMORY_BYTES: '¾ of the memory',
};

function valuesOf({ type, anyOf, minimum, maximum }: Setting): string {
  if (anyOf !== undefined) return anyOf.map((option) => `\`${String(option.const)}\``).join(', ');
  if (type !== 'integer' && type !== 'number') return 'text';
  const range = [minimum === undefined ? '' : `${minimum}`, maximum === undefined ? '' : `${maximum}`];
  return `${type === 'integer' ? 'whole number' : 'number'}, ${range[1] === '' ? `at least ${range[0]}` : range.join(' to ')}`;
}

function configurationPage(): string {
  const rows = Object.entries(Config.properties as Record<string, Setting>).map(([name, setting]) => [
    `\`${name}\``,
    valuesOf(setting),
    measured[name] ?? (setting.default === undefined ? '–' : `\`${setting.default}\``),
    setting.description ?? '',
  ]);
  return `# Configuration

Made from \`platform/config/config.ts\` by \`npm run docs\`; change it there.

Everything is set by environment variables, read once when a process starts. A wrong value ends the process with a message that
names it. An empty variable counts as absent. Nothing has to be set for \`npm start\` and \`npm run quickstart\`.

${table(['variable', 'values', 'default', 'meaning'], rows)}
`;
}

const specificationPage = (): string => `# Training specification

Made from \`engine/spec/\` by \`npm run docs\`; change it there.

The fields of \`POST /v1/training-jobs\` beside \`dataset_id\` and \`name\`. Everything but what is marked required has a
default, and the answer shows the specification with every default filled in. A field that is not in this table is refused by name,
and so is what does not go together (peepholes on a gru, both directions where an output would see its own target).

${table(['field', 'values', 'default', 'meaning'], specificationRows())}
`;

export async function renderDocs(): Promise<Record<string, string>> {
  const options = { ...(await resolveConfig('docs/errors.md')), parser: 'markdown' };
  return {
    'docs/errors.md': await format(errorsPage(), options),
    'docs/configuration.md': await format(configurationPage(), options),
    'docs/specification.md': await format(specificationPage(), options),
  };
}

if (process.argv[1] === import.meta.filename)
  for (const [file, content] of Object.entries(await renderDocs())) await writeFile(file, content);
