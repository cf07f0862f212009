/** What a network writes for many rows, and how likely it holds what should have been written. */
import type { TokenWriting } from '../spec/decoder-shape.ts';
import { beamSearch, type Found } from './beam-search.ts';
import type { Decoder, Read } from './decoder.ts';
import { greedy, type Written } from './greedy.ts';
import { likelihoods } from './likelihoods.ts';

/** Rows that are run together. */
const rowsTogether = 64;

interface Judged<Input, Target> {
  readonly decoder: Decoder;
  readonly writes: TokenWriting;
  /** What is read, one a row. */
  readonly inputs: readonly Input[];
  /** Steps of an input: like lengths are run together. */
  readonly stepsOf: (input: Input) => number;
  readonly readRows: (inputs: readonly Input[]) => Read;
  /** Symbols of a sequence, its end not counted. */
  readonly maxLength: number;
  /** One or more for each input. */
  readonly targets: readonly { readonly input: number; readonly target: Target }[];
  readonly readTarget: (target: Target) => ArrayLike<number>;
  /** No beam search if absent. */
  readonly beam?: { readonly width: number; readonly lengthPenalty: number };
}

export interface Judgement {
  readonly greedy: readonly Written[];
  readonly beam: readonly (readonly Found[])[] | null;
  /** Mean of −log P of the symbols of all targets, their ends included. */
  readonly logLoss: number;
}

export async function judge<Input, Target>(o: Judged<Input, Target>): Promise<Judgement> {
  const { decoder, writes, inputs, maxLength } = o;
  const written = new Array<Written>(inputs.length);
  const found = new Array<readonly Found[]>(inputs.length);
  const lengths = inputs.map(o.stepsOf);
  for (const rows of batches(lengths)) {
    const own = rows.map((row) => inputs[row]!);
    const each = await greedy(decoder, writes, o.readRows(own), maxLength);
    rows.forEach((row, index) => (written[row] = each[index]!));
    if (!o.beam) continue;
    const best = await beamSearch(decoder, writes, o.readRows(own), { ...o.beam, maxLength });
    rows.forEach((row, index) => (found[row] = best[index]!));
  }
  let [loss, symbols] = [0, 0];
  for (const rows of batches(o.targets.map(({ input }) => lengths[input]!))) {
    const pairs = rows.map((row) => o.targets[row]!);
    const read = o.readRows(pairs.map(({ input }) => inputs[input]!));
    const sequences = pairs.map(({ target }) => o.readTarget(target));
    for (const one of await likelihoods(decoder, writes, read, sequences)) loss -= one;
    symbols += sequences.reduce((sum, { length }) => sum + length + 1, 0);
  }
  return { greedy: written, beam: o.beam ? found : null, logLoss: loss / Math.max(1, symbols) };
}

/** Numbers of rows of like lengths, some together. */
function* batches(lengths: readonly number[]): Generator<readonly number[]> {
  const order = lengths.map((_, row) => row).sort((a, b) => lengths[a]! - lengths[b]! || a - b);
  for (let first = 0; first < order.length; first += rowsTogether)
    yield order.slice(first, first + rowsTogether);
}
