/** Writing the likeliest symbol at each step. */
import type { TokenWriting } from '../spec/decoder-shape.ts';
import type { Decoder, Read } from './decoder.ts';
import { ids } from './rows.ts';

export interface Written {
  /** Without the start and the end. */
  readonly tokens: readonly number[];
  /** log P of the tokens, and of the end where it was written. */
  readonly logProbability: number;
  /** Whether the end was written before there was no more room. */
  readonly ended: boolean;
}

/** @param maxLength - symbols of a sequence, its end not counted */
export async function greedy(
  decoder: Decoder,
  { start, end }: Pick<TokenWriting, 'start' | 'end'>,
  read: Read,
  maxLength: number,
): Promise<readonly Written[]> {
  let begun = await decoder.begin(read);
  const N = begun.state.dims[0]!;
  const rows = Array.from({ length: N }, () => ({ tokens: [] as number[], logProbability: 0, ended: false }));
  let last = new Array<number>(N).fill(start);
  for (let step = 0; step <= maxLength && rows.some(({ ended }) => !ended); step++) {
    const { state, output } = await decoder.step(ids(last), begun);
    begun = { ...begun, state };
    const V = output.dims[1]!;
    last = rows.map((row, index) => {
      const scores = output.data.subarray(index * V, (index + 1) * V);
      const token = largest(scores);
      if (row.ended || (step === maxLength && token !== end)) return token;
      row.logProbability += scores[token]!;
      if (token === end) row.ended = true;
      else row.tokens.push(token);
      return token;
    });
  }
  return rows;
}

/** The index of the largest number, the first of equal ones. */
function largest(values: Float32Array): number {
  let best = 0;
  for (let index = 1; index < values.length; index++) if (values[index]! > values[best]!) best = index;
  return best;
}
