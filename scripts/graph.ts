/**
 * usage: npm run graph -- <specification> [--attention additive|dot|scaled_dot|none]
 *
 * Prints a training program, as it is written and after the passes. The specification is what `POST /v1/training-jobs` takes, as JSON or the name of a file with
 * it, or some of it (a forecast of one column where nothing else is said); or its `model` part alone; or just the name of a cell. With --attention it is the
 * program of an encoder and a decoder with such layers, which writes characters.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { UnrollError } from '../domain/errors/unroll-error.ts';
import { allNodes, type Graph } from '../engine/graph/graph.ts';
import { optimize } from '../engine/graph/passes/optimize.ts';
import { printGraph } from '../engine/graph/print.ts';
import { trainingGraph } from './graph/training-graph.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { attention: { type: 'string' } },
});
const [given = 'lstm'] = positionals;

const expected = (what: string): UnrollError =>
  new UnrollError('validation_failed', '', {
    errors: [
      { pointer: '', message: `expected a cell, a specification as JSON, or a file with one, got ${what}` },
    ],
  });

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw expected(`"${path}": ${(error as Error).message}`);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw expected(`what is no JSON: ${(error as Error).message}`);
  }
}

function read(): { readonly model: object } {
  if (/^[a-z]+$/.test(given)) return { model: { cell: given } };
  const text = given.trimStart().startsWith('{') ? given : textOf(given);
  const asked = parsed(text);
  if (typeof asked !== 'object' || asked === null || Array.isArray(asked))
    throw expected(`what is no JSON object: ${text.trim().slice(0, 80)}`);
  return 'cell' in asked ? { model: asked } : (asked as { model: object });
}

/** Reads characters and writes others. */
const written = (score: string) => ({
  architecture: 'encoder_decoder',
  data: {
    inputs: [{ column: 'read', encoding: 'characters' }],
    targets: [{ column: 'written', encoding: 'characters' }],
  },
  output: { type: 'tokens' },
  model: { ...read().model, ...(score !== 'none' && { attention: { score } }) },
});

const print = (title: string, graph: Graph) => {
  console.log(`── ${title}: ${allNodes(graph).length} nodes\n${printGraph(graph)}\n`);
};
try {
  const program = trainingGraph(values.attention === undefined ? read() : written(values.attention));
  print('as written', program);
  print('after the passes', optimize(program));
} catch (error) {
  if (!(error instanceof UnrollError)) throw error;
  for (const { pointer, message } of error.errors)
    console.error(pointer === '' ? message : `${pointer}: ${message}`);
  process.exitCode = 1;
}
