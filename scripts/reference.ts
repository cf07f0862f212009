/**
 * usage: npm run reference -- PROBLEM [--option value …]
 *
 * Runs a problem of the literature and tells what was reached, as a row for docs/results.md. Without a problem: which there are.
 */
import { parseArgs } from 'node:util';
import { takeDenormalsForZero } from '../engine/runtime/denormals.ts';
import { adding } from './reference/adding.ts';
import { copyMemory } from './reference/copy-memory.ts';
import { digits } from './reference/digits.ts';
import { digitsToWords } from './reference/digits-to-words.ts';
import { forecasts } from './reference/forecasts.ts';
import { nextCharacter } from './reference/next-character.ts';
import type { ReferenceProblem } from './reference/problem.ts';
import { spam } from './reference/spam.ts';
import { sumsProblem } from './reference/sums.ts';
import { wordsToSounds } from './reference/words-to-sounds.ts';

const problems: Readonly<Record<string, ReferenceProblem>> = {
  sums: sumsProblem,
  adding,
  'copy-memory': copyMemory,
  forecasts,
  'words-to-sounds': wordsToSounds,
  digits,
  'digits-to-words': digitsToWords,
  spam,
  'next-character': nextCharacter,
};

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const [name = '', ...rest] = process.argv.slice(2);
const problem = problems[name];
if (!problem) {
  for (const [known, { description, options }] of Object.entries(problems)) {
    const choices = Object.entries(options).map(([option, value]) => `--${option} ${value}`);
    print(`${known}: ${description}\n  ${choices.join(' ')}`);
  }
  process.exitCode = name === '' ? 0 : 2;
} else {
  const { values } = parseArgs({
    args: rest,
    options: Object.fromEntries(
      Object.entries(problem.options).map(([option, value]) => [
        option,
        { type: 'string' as const, default: value },
      ]),
    ),
  });
  takeDenormalsForZero();
  const began = performance.now();
  const result = await problem.run(values, print);
  const minutes = ((performance.now() - began) / 60_000).toFixed(1);
  const command = ['npm run reference --', name, ...rest].join(' ');
  print(`\n| \`${command}\` | ${values.seed ?? ''} | ${minutes} min | ${result} |`);
}
