/**
 * Whether requests to a model may share a run, by what its file says of its inputs and outputs: the first axis of each is
 * the same free size (the batch), and an output has no other free size than those of the inputs. Where the file takes
 * `lengths`, rows of different lengths may share a run too, padded along the free axis of time.
 */
import type { Signature, TensorSignature } from '../../../engine/runtime/session.ts';
import type { Feeds } from '../sessions/messages.ts';

export interface BatchPlan {
  /** Which axes of each input and output are time, where rows are padded; none where the file takes no lengths. */
  readonly timeAxes: Readonly<Record<string, readonly number[]>>;
  /** Of which input the length of time is read; null where nothing is padded. */
  readonly timedInput: { readonly name: string; readonly axis: number } | null;
}

/** The input that says how many steps of each row count. */
const lengthsInput = 'lengths';

/** Null where requests must not share a run. */
export function planBatches({ inputs, outputs }: Signature): BatchPlan | null {
  const [batch] = inputs[0]?.shape ?? [];
  const isBatched = ({ shape }: TensorSignature): boolean => typeof batch === 'string' && shape[0] === batch;
  if (![...inputs, ...outputs].every(isBatched)) return null;
  const free = new Set(
    inputs.flatMap(({ shape }) => shape.slice(1).filter((size) => typeof size === 'string')),
  );
  if (outputs.some(({ shape }) => shape.slice(1).some((size) => typeof size === 'string' && !free.has(size))))
    return null;

  const takesLengths = inputs.some(({ name, shape }) => name === lengthsInput && shape.length === 1);
  const [only] = free;
  const isCuttable = outputs.every(({ shape }) => shape.filter((size) => size === only).length <= 1);
  const time = takesLengths && free.size === 1 && isCuttable ? only! : null;
  const axesOf = ({ name, shape }: TensorSignature) =>
    [name, shape.flatMap((size, axis) => (axis > 0 && size === time ? [axis] : []))] as const;
  const timed = inputs.find(({ shape }) => shape.includes(time ?? Number.NaN));
  return {
    timeAxes: Object.fromEntries([...inputs, ...outputs].map(axesOf)),
    timedInput: timed === undefined ? null : { name: timed.name, axis: timed.shape.indexOf(time!) },
  };
}

/** Rows are padded to the longest of those that share a run: at most to twice their length, from 16 steps on. */
export const lengthBucket = (length: number): number => Math.max(16, 2 ** Math.ceil(Math.log2(length)));

/** Equal for requests that may share a run. */
export function shapeOf(plan: BatchPlan, feeds: Feeds): string {
  return Object.entries(feeds)
    .map(([name, { dims }]) => {
      const times = plan.timeAxes[name] ?? [];
      return `${name}:${dims
        .slice(1)
        .map((size, index) => (times.includes(index + 1) ? `≤${lengthBucket(size)}` : size))
        .join('×')}`;
    })
    .join(' ');
}
