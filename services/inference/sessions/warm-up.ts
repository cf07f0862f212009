/** An input that any of our models takes: one row of one step. */
import type { Signature, Tensor } from '../../../engine/runtime/session.ts';
import type { Feeds } from './messages.ts';

/** Numbers are 0; integers are 1, which is an id that every vocabulary has, and a length. Every free size is 1. */
export function warmUpFeeds({ inputs }: Signature): Feeds {
  return Object.fromEntries(
    inputs.map(({ name, type, shape }): readonly [string, Tensor] => {
      const dims = shape.map((size) => (typeof size === 'number' ? size : 1));
      const count = dims.reduce((product, size) => product * size, 1);
      return type === 'int64'
        ? [name, { data: new BigInt64Array(count).fill(1n), dims }]
        : [name, { data: new Float32Array(count), dims }];
    }),
  );
}
