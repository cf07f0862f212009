/**
 * Beam search: of each row the best few beginnings are carried on, and the best ends are found among them. Sequences of different length
 * are compared by log P / ((5 + length) / 6)^α (Wu et al. 2016, equation 14, without its coverage term); length counts the end.
 */
import type { TokenWriting } from '../spec/decoder-shape.ts';
import type { Decoder, Read } from './decoder.ts';
import type { Written } from './greedy.ts';
import { ids, takeBegun } from './rows.ts';

export interface BeamOptions {
  /** Beginnings that are carried on in each row. */
  readonly width: number;
  /** α: 0 compares sums of log-probabilities, 1 nearly their means. */
  readonly lengthPenalty: number;
  /** Symbols of a sequence, its end not counted. */
  readonly maxLength: number;
}

export interface Found extends Written {
  /** What sequences are compared by. */
  readonly score: number;
}

interface Beginning {
  readonly row: number;
  readonly tokens: readonly number[];
  readonly logProbability: number;
}

/** @returns of each row `width` different sequences, or all where there are fewer, the best first */
export async function beamSearch(
  decoder: Decoder,
  { start, end }: Pick<TokenWriting, 'start' | 'end'>,
  read: Read,
  { width, lengthPenalty, maxLength }: BeamOptions,
): Promise<readonly (readonly Found[])[]> {
  const scored = ({ tokens, logProbability, ended }: Written): Found => {
    const length = tokens.length + (ended ? 1 : 0);
    return { tokens, logProbability, ended, score: logProbability / ((5 + length) / 6) ** lengthPenalty };
  };
  let begun = await decoder.begin(read);
  const N = begun.state.dims[0]!;
  const found = Array.from({ length: N }, (): Found[] => []);
  let beams: Beginning[] = found.map((_, row) => ({ row, tokens: [], logProbability: 0 }));

  for (let step = 0; step <= maxLength && beams.length > 0; step++) {
    const { state, output } = await decoder.step(
      ids(beams.map(({ tokens }) => tokens.at(-1) ?? start)),
      begun,
    );
    const V = output.dims[1]!;
    const next: (Beginning & { readonly from: number })[] = [];
    found.forEach((ends, row) => {
      const own = beams.flatMap((beam, from) =>
        beam.row === row
          ? [{ from, before: beam.logProbability, scores: output.data.subarray(from * V, (from + 1) * V) }]
          : [],
      );
      // where there is no more room each beginning ends, or is cut off, as by greedy: none is crowded out by what can't be written any more
      const candidates = step < maxLength ? best(width, own) : own.flatMap((beam) => best(1, [beam]));
      for (const { from, token, logProbability } of candidates) {
        const beam = beams[from]!;
        if (token === end) ends.push(scored({ ...beam, logProbability, ended: true }));
        else if (step < maxLength) next.push({ row, from, tokens: [...beam.tokens, token], logProbability });
        else ends.push(scored({ ...beam, ended: false }));
      }
      ends.sort((a, b) => b.score - a.score);
      ends.splice(width);
    });
    // no beginning can overtake a full list whose last is better than the beginning would be at its best
    const alive = next.filter(({ row, logProbability }) => {
      const ends = found[row]!;
      return ends.length < width || atBest(logProbability, maxLength, lengthPenalty) > ends.at(-1)!.score;
    });
    begun = takeBegun(
      { ...begun, state },
      alive.map(({ from }) => from),
    );
    beams = alive;
  }
  return found;
}

interface Candidate {
  /** Which of the beginnings. */
  readonly from: number;
  readonly token: number;
  readonly logProbability: number;
}

/** The likeliest ways to go on, the likeliest first; equal ones in the order of beam and symbol, as greedy takes them. */
function best(
  width: number,
  beams: readonly { readonly from: number; readonly before: number; readonly scores: Float32Array }[],
): readonly Candidate[] {
  const found: Candidate[] = [];
  for (const { from, before, scores } of beams) {
    for (let token = 0; token < scores.length; token++) {
      const logProbability = before + scores[token]!;
      if (found.length === width && logProbability <= found[width - 1]!.logProbability) continue;
      let place = found.length;
      while (place > 0 && found[place - 1]!.logProbability < logProbability) place--;
      found.splice(place, 0, { from, token, logProbability });
      if (found.length > width) found.pop();
    }
  }
  return found;
}

/** The best score that a beginning can still reach: nothing more is lost, and it gets as long as it may. */
const atBest = (logProbability: number, maxLength: number, lengthPenalty: number): number =>
  logProbability / ((6 + maxLength) / 6) ** lengthPenalty;
