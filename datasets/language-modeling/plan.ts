/** Whether a language model can be trained on a table, and what it would be made of. */
import type { ColumnProfile } from '../../domain/datasets/dataset.ts';
import type { LanguageModelSpecification } from '../../engine/spec/tasks.ts';
import { idCount } from '../features/vocabulary.ts';
import type { FieldProblem } from '../tasks/contract.ts';
import { refused } from '../tasks/refused.ts';
import { findColumn } from '../tasks/find-column.ts';
import type { LanguageModelPlanning } from './contract.ts';
import { placesOf } from './text-stream.ts';

/** A part has at least so many tokens: one that is given and one that is foretold, even if as many were counted as there are not. */
const leastTokens = 8;

/** What is wrong with the specification, whatever the rows. */
export function checkSpecification(
  { data }: LanguageModelSpecification,
  columns: readonly ColumnProfile[],
): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const refuse = (pointer: string, message: string): void => {
    problems.push({ pointer, message });
  };
  const [input] = data.inputs;
  const text = findColumn(columns, input!.column, '/data/inputs/0/column', refuse);
  if (text !== null && text.type !== 'text')
    refuse(
      '/data/inputs/0/column',
      `expected a column of text with ${input!.encoding}, got "${text.name}", which is of type ${text.type}`,
    );
  const { validation, test } = data.split;
  if (validation + test > 0.99)
    refuse(
      '/data/split',
      `expected validation + test of at most 0.99, so that some of the text is left for training, got ${validation} + ${test}`,
    );
  return problems;
}

/** @param o - tokens: of the whole stream, boundaries included; of words about as many */
export function planLanguageModel(o: {
  specification: LanguageModelSpecification;
  columns: readonly ColumnProfile[];
  tokens: number;
}): LanguageModelPlanning {
  const { specification, columns, tokens } = o;
  const { data } = specification;
  const errors = checkSpecification(specification, columns);
  if (errors.length > 0) return refused(errors);
  const [text] = data.inputs;
  const places = placesOf(tokens, data.split);
  const sizes = Object.entries(places).map(([part, [from, to]]) => ({ part, tokens: to - from }));
  for (const { part, tokens: own } of sizes) {
    if (own < leastTokens)
      errors.push({
        pointer: part === 'training' ? '/data/inputs/0/column' : `/data/split/${part}`,
        message: `expected a share that gives ${part} at least ${leastTokens} ${text!.encoding}, got ${own} of the ${tokens} that "${text!.column}" has`,
      });
  }
  if (errors.length > 0) return refused(errors);
  const windowsOf = (part: keyof typeof places) =>
    Math.ceil((places[part][1] - places[part][0] - 1) / text!.max_length);
  const windows = {
    training: windowsOf('training'),
    validation: windowsOf('validation'),
    test: windowsOf('test'),
  };
  const { stateful, batch_size: rows } = specification.training;
  const warnings =
    stateful && windows.training < 2 * rows
      ? [
          `The training part has ${windows.training} windows of ${text!.max_length} ${text!.encoding}: in a batch of ${rows} streams hardly any goes on; a smaller batch_size or max_length makes longer ones`,
        ]
      : [];
  return {
    errors,
    warnings,
    plan: {
      task: 'language_model',
      inputSize: 1,
      outputSize: idCount(text!.vocabulary_size),
      embeddings: [{ vocabulary: idCount(text!.vocabulary_size), size: text!.embedding_size }],
      windows,
      steps: text!.max_length,
      tokens,
    },
  };
}
