/** How likely a network holds given sequences to be: each symbol behind the right ones before it (teacher forcing). */
import type { TokenWriting } from '../spec/decoder-shape.ts';
import type { Decoder, Read } from './decoder.ts';
import { ids } from './rows.ts';

/** @returns log P of each row's sequence, its end included */
export async function likelihoods(
  decoder: Decoder,
  { start, end }: Pick<TokenWriting, 'start' | 'end'>,
  read: Read,
  sequences: readonly ArrayLike<number>[],
): Promise<Float64Array> {
  const sums = new Float64Array(sequences.length);
  const longest = sequences.reduce((most, { length }) => Math.max(most, length), 0);
  let begun = await decoder.begin(read);
  for (let at = 0; at <= longest; at++) {
    const before = sequences.map((sequence) => (at === 0 ? start : (sequence[at - 1] ?? end)));
    const { state, output } = await decoder.step(ids(before), begun);
    begun = { ...begun, state };
    const V = output.dims[1]!;
    sequences.forEach((sequence, row) => {
      if (at <= sequence.length) sums[row]! += output.data[row * V + (sequence[at] ?? end)]!;
    });
  }
  return sums;
}
