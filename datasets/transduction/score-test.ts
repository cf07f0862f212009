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
import { textsOf } from '../rows/column-values.ts';
import type { KeptNumbers } from '../rows/kept-numbers.ts';
import type { PartRows } from '../rows/split.ts';
import type { Cell } from '../tables/cells.ts';
import type { Table } from '../tables/table.ts';
import type { WrittenTest } from './contract.ts';
import { frequencyLogLoss, mostFrequentSequence, scoreWriting, type Judged } from './scores.ts';

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
  readonly table: Table;
  readonly target: TargetFeature;
  /** Ids of the targets of all rows. */
  readonly targets: KeptNumbers;
  readonly split: PartRows;
  /** The rows of the test part that have each of its inputs. */
  readonly groups: readonly (readonly number[])[];
  /** Of the rows of inputs that are shown. */
  readonly inputOf: (row: number) => ExampleInput;
}

/** The texts of the test part are held while they are scored, beside what was written for them; those of the training part are not. */
export async function scoreTest(
  { table, target, targets, split, groups, inputOf }: TestPart,
  { greedy, beam, logLoss }: WrittenTest,
): Promise<TransductionCard['held_out']> {
  const read = targetReader(target);
  async function* trainingTokens(): AsyncIterable<Tokens> {
    for await (const text of textsOf(table, target.column, split.training)) yield read(text).tokens;
  }
  const frequent = await mostFrequentSequence(trainingTokens, split.training.length);
  const texts = new Map<number, string>();
  for await (const text of textsOf(table, target.column, split.test))
    texts.set(split.test[texts.size]!, text);
  /** All that would be right for an input. */
  const referencesOf = (index: number): readonly Tokens[] =>
    groups[index]!.map((row) => read(texts.get(row)!).tokens);
  const tokensOf = asWritten(target);
  const textOf = (one: { readonly tokens: readonly number[] }) => joinTokens(tokensOf(one), target);
  function* beside(writtenFor: (index: number) => Tokens): Iterable<Judged> {
    for (const index of groups.keys()) yield { written: writtenFor(index), references: referencesOf(index) };
  }
  function* idsOf(rows: Uint32Array): Iterable<readonly number[]> {
    for (const row of rows) yield [...targets.read(row).ids, targetIds.end];
  }
  const canBeWritten = writableIds(target.vocabulary.length);
  return {
    model: {
      ...scoreWriting(beside((index) => tokensOf(greedy[index]!))),
      perplexity: Math.exp(logLoss),
    },
    beam: beam && {
      width: beam.width,
      length_penalty: beam.lengthPenalty,
      ...scoreWriting(beside((index) => tokensOf(beam.found[index]![0]!))),
    },
    baselines: {
      most_frequent_sequence: {
        text: joinTokens(frequent, target),
        ...scoreWriting(beside(() => frequent)),
      },
      symbol_frequencies: {
        perplexity: Math.exp(frequencyLogLoss(idsOf(split.training), idsOf(split.test), canBeWritten)),
      },
    },
    examples: shownInputs(groups.length).map((index) => ({
      row: groups[index]![0]!,
      input: inputOf(groups[index]![0]!),
      targets: referencesOf(index).map((tokens) => joinTokens(tokens, target)),
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
}
