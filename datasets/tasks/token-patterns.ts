/** What texts are made of, as regular expressions (RE2) for counting in a table. */
import type { TextEncoding } from '../../engine/spec/inputs.ts';

/** Letters, marks and digits that belong together, or any other character but spaces: as datasets/features/tokenize.ts has it. */
const word = String.raw`[\p{L}\p{M}\p{N}_]+(?:['’][\p{L}\p{M}]+)*|[^\s\p{L}\p{M}\p{N}_]`;

/** What is counted of a text; null: its characters. Of subwords the words that they are parts of: there are at least as many. */
export const tokenPatterns: Record<TextEncoding, string | null> = {
  characters: null,
  words: word,
  subwords: String.raw` ?(?:${word})|\s`,
};
