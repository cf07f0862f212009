/**
 * What goes in, and how it becomes numbers: a union with one file for each kind in inputs/. A new kind is a file there, a line in the union, one in `kindOf`,
 * and one in each table over `InputKind`, which does not compile before.
 */
import { Type, type Static } from 'typebox';
import { CalendarInput } from './inputs/calendar.ts';
import { EmbeddingInput, OneHotInput, type CategoriesInput } from './inputs/categories.ts';
import { AudioInputs, type AudioInput } from './inputs/audio.ts';
import { ImageInput } from './inputs/images.ts';
import { NumbersInput } from './inputs/numbers.ts';
import { CharactersInput, SubwordsInput, WordsInput, type TextInput } from './inputs/text.ts';
import { SequenceInput, WholeVectorInput, type VectorInput } from './inputs/vectors.ts';
import { toldBy } from './told-by.ts';

export type { AudioInput, CalendarInput, CategoriesInput, ImageInput, NumbersInput, TextInput, VectorInput };
export type { CalendarPart } from './inputs/calendar.ts';
export type { TextEncoding } from './inputs/text.ts';

export const Input = Type.Union(
  [
    NumbersInput,
    OneHotInput,
    EmbeddingInput,
    CharactersInput,
    WordsInput,
    SubwordsInput,
    SequenceInput,
    WholeVectorInput,
    ImageInput,
    ...AudioInputs,
    CalendarInput,
  ],
  toldBy('audio', 'image', 'encoding', 'calendar'),
);
export type Input = Static<typeof Input>;

/** The inputs of each kind. */
export interface Inputs {
  numbers: NumbersInput;
  categories: CategoriesInput;
  text: TextInput;
  vector: VectorInput;
  image: ImageInput;
  audio: AudioInput;
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
  subwords: 'text',
  sequence: 'vector',
  vector: 'vector',
};

export function kindOf(input: Input): InputKind {
  if ('audio' in input) return 'audio';
  if ('image' in input) return 'image';
  if ('calendar' in input) return 'calendar';
  return 'encoding' in input ? kindsByEncoding[input.encoding] : 'numbers';
}

export const isInput = <Kind extends InputKind>(input: Input, kind: Kind): input is Inputs[Kind] & Input =>
  kindOf(input) === kind;

/** Whether it is read step by step; all others are of the row as a whole. */
const sequences: { readonly [Kind in InputKind]: (input: Inputs[Kind]) => boolean } = {
  numbers: () => false,
  categories: () => false,
  text: () => true,
  vector: ({ encoding }) => encoding === 'sequence',
  image: ({ as }) => as === 'sequence',
  audio: () => true,
  calendar: () => false,
};
/** Whether an input of a row is a sequence. */
export const isSequenceInput = (input: Input): boolean =>
  (sequences[kindOf(input)] as (input: Input) => boolean)(input);

/** The columns of the dataset that an input is made of. */
export const columnsOf = (input: Input): readonly string[] => ('column' in input ? [input.column] : []);

/** The inputs of a specification that has passed `checkTask` for rows. */
export const rowInputs = (inputs: readonly Input[]): readonly RowInput[] =>
  inputs.filter((input): input is RowInput => !isInput(input, 'calendar'));

/** What an input is, in messages. */
export function describeInput(input: Input): string {
  if ('audio' in input) return `a recording as ${input.audio}`;
  if ('image' in input) return `a ${input.image} image as ${input.as}`;
  if ('calendar' in input) return 'parts of the calendar';
  return 'encoding' in input ? `a column with encoding ${input.encoding}` : 'a column of numbers';
}
