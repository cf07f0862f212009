/** What a card says of the test part: the model's scores beside the baselines, and some of what was written. */
import type { TransductionCard } from '../../domain/models/transduction-card.ts';
import {
  joinTokens,
  targetIds,
  targetReader,
  unknownToken,
  writableIds,
  writtenTokens,
  type TargetFeature,
} from '../features/target-vocabulary.ts';
import type { Cell } from '../tables/cells.ts';
import type { WrittenTest } from './contract.ts';
import { frequencyLogLoss, mostFrequentSequence, scoreWriting } from './scores.ts';

type Tokens = readonly string[];

/** How many inputs are shown on the card. */
const mostExamples = 20;
const mostAlternatives = 3;

/** Numbers of the inputs that are shown, of so many. */
export function shownInputs(count: number): readonly number[] {
  const every = Math.max(1, Math.floor(count / mostExamples));
  return Array.from(
    { length: Math.min(mostExamples, Math.ceil(count / every)) },
    (_, index) => index * every,
  );
}

/** A text, or the values of the row that can stand in a cell. */
export type ExampleInput = string | Record<string, Cell>;

/**
 * The tokens of what was written. A text may be written in other subwords than it is taken apart into: it is as right as in these, which are what it is judged by.
 */
function asWritten(target: TargetFeature): (one: { readonly tokens: readonly number[] }) => Tokens {
  if (target.merges === undefined) return ({ tokens }) => writtenTokens(tokens, target);
  const read = targetReader(target);
  return ({ tokens }) => {
    const written = writtenTokens(tokens, target);
    return written.includes(unknownToken) ? written : read(joinTokens(written, target)).tokens;
  };
}

export interface TestPart {
  readonly target: TargetFeature;
  /** Of each input all that would be right. */
  readonly references: readonly (readonly Tokens[])[];
  readonly training: { readonly tokens: readonly Tokens[]; readonly ids: readonly Uint32Array[] };
  /** Of each row of the test part. */
  readonly testIds: readonly Uint32Array[];
  /** The row of the table that an input stands in first. */
  readonly rowOf: (index: number) => number;
  /** Of the rows of inputs that are shown. */
  readonly inputOf: (row: number) => ExampleInput;
}

export const scoreTest =
  ({ target, references, training, testIds, rowOf, inputOf }: TestPart) =>
  (written: WrittenTest): TransductionCard['held_out'] => {
    const { greedy, beam, logLoss } = written;
    const tokensOf = asWritten(target);
    const textOf = (one: { readonly tokens: readonly number[] }) => joinTokens(tokensOf(one), target);
    const frequent = mostFrequentSequence(training.tokens);
    const behindEnd = (ids: Uint32Array) => [...ids, targetIds.end];
    const canBeWritten = writableIds(target.vocabulary.length);
    return {
      model: { ...scoreWriting(greedy.map(tokensOf), references), perplexity: Math.exp(logLoss) },
      beam: beam && {
        width: beam.width,
        length_penalty: beam.lengthPenalty,
        ...scoreWriting(
          beam.found.map(([best]) => tokensOf(best!)),
          references,
        ),
      },
      baselines: {
        most_frequent_sequence: {
          text: joinTokens(frequent, target),
          ...scoreWriting(
            references.map(() => frequent),
            references,
          ),
        },
        symbol_frequencies: {
          perplexity: Math.exp(
            frequencyLogLoss(training.ids.map(behindEnd), testIds.map(behindEnd), canBeWritten),
          ),
        },
      },
      examples: shownInputs(greedy.length).map((index) => ({
        row: rowOf(index),
        input: inputOf(rowOf(index)),
        targets: references[index]!.map((tokens) => joinTokens(tokens, target)),
        written: textOf(greedy[index]!),
        score: greedy[index]!.logProbability,
        ...(beam && {
          beam: beam.found[index]!.slice(0, mostAlternatives).map((one) => ({
            text: textOf(one),
            score: one.logProbability,
          })),
        }),
      })),
    };
  };
