/** Thrown where nothing of a file can be used; caught by the reader of its format, which answers `rejected`. */
import type { ProblemCode } from '../../domain/datasets/problem-hints.ts';
import type { DatasetProblem } from '../../domain/datasets/dataset.ts';

/** Problems listed; more are only counted. */
export const maxListedProblems = 100;

export class UnusableFile extends Error {
  readonly problems: readonly DatasetProblem[];
  readonly problemCount: number;

  constructor(problems: readonly DatasetProblem[], problemCount = problems.length) {
    super(problems[0]?.message ?? 'the file cannot be used');
    this.problems = problems.slice(0, maxListedProblems);
    this.problemCount = problemCount;
  }
}

/** The file as a whole is wrong: no row or column to point at. */
export function wholeFile(code: ProblemCode, message: string): UnusableFile {
  return new UnusableFile([{ row: null, column: null, code, message }]);
}

/** At most 40 characters of a cell or name, for a message. */
export function excerpt(text: string): string {
  const shown = Array.from(text.slice(0, 80));
  return shown.length > 40 ? `${shown.slice(0, 40).join('')}…` : shown.join('');
}
