/** Requests side by side along the batch axis, and their answers parted again. */
import type { Tensor } from '../../../engine/runtime/session.ts';
import type { Feeds, Results } from '../sessions/messages.ts';
import type { BatchPlan } from './batch-plan.ts';

const sizeOf = (dims: readonly number[]): number => dims.reduce((product, size) => product * size, 1);

/** How many rows a request has: the batch size of its inputs. */
export const rowsOf = (feeds: Feeds): number => Object.values(feeds)[0]?.dims[0] ?? 0;

export const bytesOf = (feeds: Feeds): number =>
  Object.values(feeds).reduce((sum, { data }) => sum + data.byteLength, 0);

/** One request of all: rows in the order of the requests, padded with zeros along time to the longest. A request alone is given as it is. */
export function packFeeds(plan: BatchPlan, requests: readonly Feeds[]): Feeds {
  const [first] = requests;
  if (requests.length === 1) return first!;
  return Object.fromEntries(
    Object.keys(first!).map((name) => [
      name,
      packTensors(
        requests.map((feeds) => feeds[name]!),
        plan.timeAxes[name] ?? [],
      ),
    ]),
  );
}

function packTensors(tensors: readonly Tensor[], timeAxes: readonly number[]): Tensor {
  const rows = tensors.reduce((sum, { dims }) => sum + dims[0]!, 0);
  const dims = tensors[0]!.dims.map((size, axis) =>
    timeAxes.includes(axis) ? Math.max(...tensors.map((tensor) => tensor.dims[axis]!)) : size,
  );
  dims[0] = rows;
  const size = sizeOf(dims);
  const data = tensors[0]!.data instanceof Float32Array ? new Float32Array(size) : new BigInt64Array(size);
  const rowSize = size / Math.max(rows, 1);
  let row = 0;
  for (const tensor of tensors) {
    copyBox(tensor, data, dims, row * rowSize);
    row += tensor.dims[0]!;
  }
  return { data, dims } as Tensor;
}

/** Writes a tensor into the corner of a larger one of shape `dims`, from `offset` on. */
function copyBox(
  from: Tensor,
  to: Float32Array | BigInt64Array,
  dims: readonly number[],
  offset: number,
): void {
  // Axes after the last that differs lie as they lay: they are copied in one piece.
  let whole = dims.length;
  while (whole > 1 && dims[whole - 1] === from.dims[whole - 1]) whole--;
  const piece = sizeOf(from.dims.slice(whole === 1 ? 0 : whole - 1));
  const count = piece === 0 ? 0 : sizeOf(from.dims) / piece;
  const axes = from.dims.slice(0, whole === 1 ? 0 : whole - 1);
  for (let index = 0; index < count; index++) {
    let rest = index;
    let place = offset;
    for (let axis = axes.length - 1; axis >= 0; axis--) {
      place += (rest % axes[axis]!) * sizeOf(dims.slice(axis + 1));
      rest = Math.floor(rest / axes[axis]!);
    }
    to.set(from.data.subarray(index * piece, (index + 1) * piece) as never, place);
  }
}

/** Each request's own answer: its rows, cut along time to its own length. */
export function splitResults(
  plan: BatchPlan,
  results: Results,
  requests: readonly Feeds[],
): readonly Results[] {
  if (requests.length === 1) return [results];
  const { timedInput } = plan;
  let start = 0;
  return requests.map((feeds) => {
    const rows = rowsOf(feeds);
    const time = timedInput === null ? null : feeds[timedInput.name]!.dims[timedInput.axis]!;
    const own = Object.fromEntries(
      Object.entries(results).map(([name, tensor]) => [
        name,
        cut(tensor, start, rows, time, plan.timeAxes[name] ?? []),
      ]),
    );
    start += rows;
    return own;
  });
}

function cut(
  { data, dims }: Tensor,
  start: number,
  rows: number,
  time: number | null,
  timeAxes: readonly number[],
): Tensor {
  const rowSize = sizeOf(dims.slice(1));
  const own = {
    data: data.subarray(start * rowSize, (start + rows) * rowSize),
    dims: [rows, ...dims.slice(1)],
  };
  const [axis] = timeAxes;
  if (axis === undefined || time === null || own.dims[axis] === time) return own as Tensor;
  const inner = sizeOf(dims.slice(axis + 1));
  const outer = rows * sizeOf(dims.slice(1, axis));
  const shorter =
    data instanceof Float32Array
      ? new Float32Array(outer * time * inner)
      : new BigInt64Array(outer * time * inner);
  for (let index = 0; index < outer; index++) {
    const from = index * dims[axis]! * inner;
    shorter.set(own.data.subarray(from, from + time * inner) as never, index * time * inner);
  }
  return { data: shorter, dims: own.dims.map((size, at) => (at === axis ? time : size)) } as Tensor;
}
