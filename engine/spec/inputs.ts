/**
 * What goes in, and how it becomes numbers: a union with one file for each kind in inputs/. A new kind is a file there, a line in the union, one in `kindOf`,
 * and one in each table over `InputKind`, which does not compile before.
 */
import { Type, type Static } from 'typebox';
import { CalendarInput } from './inputs/calendar.ts';
import { EmbeddingInput, OneHotInput, type CategoriesInput } from './inputs/categories.ts';
import { NumbersInput } from './inputs/numbers.ts';
import { CharactersInput, WordsInput, type TextInput } from './inputs/text.ts';
import { toldBy } from './told-by.ts';

export type { CalendarInput, CategoriesInput, NumbersInput, TextInput };
export type { CalendarPart } from './inputs/calendar.ts';
export type { EmbeddingInput, OneHotInput } from './inputs/categories.ts';
export type { TextEncoding } from './inputs/text.ts';

export const Input = Type.Union(
  [NumbersInput, OneHotInput, EmbeddingInput, CharactersInput, WordsInput, CalendarInput],
  toldBy('encoding', 'calendar'),
);
export type Input = Static<typeof Input>;

/** The inputs of each kind. */
export interface Inputs {
  numbers: NumbersInput;
  categories: CategoriesInput;
  text: TextInput;
  calendar: CalendarInput;
}
export type InputKind = keyof Inputs;

/** What a row by itself may have: no calendar, which is of series. */
export type RowInput = Exclude<Input, CalendarInput>;
export type RowInputKind = Exclude<InputKind, 'calendar'>;

const kindsByEncoding: Record<Extract<Input, { encoding: unknown }>['encoding'], InputKind> = {
  one_hot: 'categories',
  embedding: 'categories',
  characters: 'text',
  words: 'text',
};

export const kindOf = (input: Input): InputKind =>
  'encoding' in input ? kindsByEncoding[input.encoding] : 'calendar' in input ? 'calendar' : 'numbers';

export const isInput = <Kind extends InputKind>(input: Input, kind: Kind): input is Inputs[Kind] & Input =>
  kindOf(input) === kind;

/** The columns of the dataset that an input is made of. */
export const columnsOf = (input: Input): readonly string[] => ('column' in input ? [input.column] : []);

/** The inputs of a specification that has passed `checkTask` for rows. */
export const rowInputs = (inputs: readonly Input[]): readonly RowInput[] =>
  inputs.filter((input): input is RowInput => !isInput(input, 'calendar'));

/** What an input is, in messages. */
export const describeInput = (input: Input): string =>
  'encoding' in input
    ? `a column with encoding ${input.encoding}`
    : 'calendar' in input
      ? 'parts of the calendar'
      : 'a column of numbers';
