/** How models that write texts are asked to: what requests, streams and batch predictions may say, and what holds where they don't. */
import { Type, type Static } from 'typebox';
import type { TaskKind } from './tasks.ts';
import { mostBeams } from './tokens.ts';

/** What a language model is told of how to go on. */
export const generationOptions = {
  temperature: Type.Optional(
    Type.Number({
      minimum: 0,
      maximum: 100,
      description:
        'Of a language model: below 1 the likely gets likelier, 0 always takes the likeliest; 1 by default.',
    }),
  ),
  top_k: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 1_000_000,
      description: 'Of a language model: draw among the so many likeliest tokens alone; all by default.',
    }),
  ),
  top_p: Type.Optional(
    Type.Number({
      exclusiveMinimum: 0,
      maximum: 1,
      description:
        'Of a language model: draw among the fewest likeliest tokens, of those that top_k leaves, that together reach this probability; 1 by default.',
    }),
  ),
  seed: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 4_294_967_295,
      description:
        'Of a language model: the same seed draws the same text; of several inputs the n-th, counted from 0, draws by seed + n. Random by default, and told in the answer.',
    }),
  ),
};

/** What a model that writes a text for an input is told of how to search for it. */
export const searchOptions = {
  beam: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: mostBeams,
      description:
        'Of a transduction: how many beginnings are carried on at each step; 1, the likeliest symbol at each step, by default.',
    }),
  ),
  n_best: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: mostBeams,
      description:
        'Of a transduction: how many of the texts that were found are told, the best first; 1 by default.',
    }),
  ),
  length_penalty: Type.Optional(
    Type.Number({
      minimum: 0,
      maximum: 2,
      description: 'Of the beam search; that of the specification’s `output` by default.',
    }),
  ),
};

export const maxLength = Type.Optional(
  Type.Integer({
    minimum: 1,
    maximum: 10_000,
    description:
      'Of models that write texts: characters, words or subwords that are written at most; 200 by default of a language model, otherwise as many as the model was taught.',
  }),
);

export type WritingOption = keyof typeof generationOptions | keyof typeof searchOptions | 'max_length';
const namesOf = <Options extends object>(options: Options) =>
  Object.keys(options) as Extract<keyof Options, string>[];

/** Which of them a model of each task may be told. */
export const writingOptions: Record<TaskKind, readonly WritingOption[]> = {
  forecast: [],
  classification: [],
  multilabel: [],
  regression: [],
  curve: [],
  series_classification: [],
  tagging: [],
  language_model: [...namesOf(generationOptions), 'max_length'],
  transduction: [...namesOf(searchOptions), 'max_length'],
};
export const writingOptionNames = [...new Set(Object.values(writingOptions).flat())];

/** What holds where nothing else is asked for. */
export const generationDefaults = { temperature: 1, top_k: null, top_p: 1, max_length: 200 } as const;

/** How a language model writes, with nothing left open: the n-th text draws from seed + n. */
export const GenerationSettings = Type.Object(
  {
    temperature: Type.Number(),
    top_k: Type.Union([Type.Integer(), Type.Null()]),
    top_p: Type.Number(),
    seed: Type.Integer(),
    max_length: Type.Integer(),
  },
  { title: 'GenerationSettings', additionalProperties: false },
);
export type GenerationSettings = Static<typeof GenerationSettings>;

/** How a transduction searches for texts, with nothing left open; the penalty counts with a beam of 2 or more. */
export const SearchSettings = Type.Object(
  {
    beam: Type.Integer(),
    n_best: Type.Integer(),
    length_penalty: Type.Number(),
    max_length: Type.Integer(),
  },
  { title: 'SearchSettings', additionalProperties: false },
);
export type SearchSettings = Static<typeof SearchSettings>;

/** How a model writes the texts of a dataset. */
export type WritingSettings = GenerationSettings | SearchSettings;
