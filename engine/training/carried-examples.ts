/** Windows as examples of which one chunk is read at a time, with who goes on from its states. */
import { carriedStates } from '../programs/carried-states.ts';
import type { Value } from '../runtime/session.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import type { Carrying } from './carried-batches.ts';
import type { ExampleSource } from './example-source.ts';
import type { WindowSource } from './window-source.ts';

export interface CarryingOptions {
  /** Steps after which gradients are cut, of windows with an output after every step; T if absent. */
  readonly tbpttSteps?: number | undefined;
  /** Whether states go on from one window to the next. */
  readonly stateful: boolean;
  /** With `stateful`: whether each row of a batch is one series from its start on, instead of a stretch of all windows. */
  readonly wholeSeries?: boolean;
}

/** How states are carried through these windows. */
export function carryingOf(
  network: NetworkShape,
  { steps, targetSteps, lengths, seriesStarts }: WindowSource,
  { tbpttSteps, stateful, wholeSeries }: CarryingOptions,
): Carrying {
  if (network.bidirectional || lengths !== undefined)
    throw new Error('train: expected one direction and windows of one length with carried states');
  if (tbpttSteps !== undefined && tbpttSteps < steps && targetSteps !== steps)
    throw new Error('train: expected an output after every step of windows that are cut into chunks');
  if (stateful && seriesStarts === undefined)
    throw new Error('train: expected windows that follow each other with states that go on');
  return {
    states: carriedStates(network).map(({ name }) => ({ name, size: network.hiddenSize })),
    windowSteps: steps,
    chunkSteps: Math.min(tbpttSteps ?? steps, steps),
    ...(stateful && { seriesStarts: seriesStarts!, ...(wholeSeries === true && { wholeSeries }) }),
  };
}

/**
 * Inputs as those of windowExamples, of a chunk [T′,N,I] and its outputs [S′,N,O], and `keep` [N]. Where a reader names no chunk it is the first one, and
 * initial states come with it.
 */
export function carriedExamples(source: WindowSource, carrying: Carrying): ExampleSource {
  const { count, steps: T, inputSize: I, targetSteps: S, outputSize: O, weightsPerOutput: W = 0 } = source;
  const chunk = carrying.chunkSteps;
  const written = S === T ? chunk : S;
  return {
    count,
    longest: { T: chunk, S: written },
    lengths: {},
    numbersPerExample: chunk * I + written * (O + W) + 1,
    carrying,
    read({ examples, N, steps, leading, carried }) {
      const total = examples.length;
      const [x, y, weights] = [
        new Float32Array(total * steps.T * I),
        new Float32Array(total * steps.S * O),
        new Float32Array(total * steps.S * W),
      ];
      const whole = [
        new Float32Array(T * N * I),
        new Float32Array(S * N * O),
        new Float32Array(S * N * W),
      ] as const;
      let before: Uint32Array | null = null;
      for (let batch = 0; batch * N < total; batch++) {
        const windows = examples.subarray(batch * N, (batch + 1) * N);
        const isSame = before?.every((window, row) => window === windows[row]) ?? false;
        if (!isSame) source.read(windows, ...whole);
        before = windows;
        const from = carried?.from[batch] ?? 0;
        const first = S === T ? from : 0;
        const copy = (to: Float32Array, all: Float32Array, start: number, length: number, size: number) =>
          to.set(all.subarray(start * N * size, (start + length) * N * size), batch * length * N * size);
        copy(x, whole[0], from, steps.T, I);
        copy(y, whole[1], first, steps.S, O);
        copy(weights, whole[2], first, steps.S, W);
      }
      const inputs: Record<string, Value> = {
        x: { data: x, dims: [...leading, steps.T, N, I] },
        y: { data: y, dims: [...leading, steps.S, N, O] },
        keep: { data: carried?.keep ?? new Float32Array(total), dims: [...leading, N] },
      };
      if (W > 0) inputs.weights = { data: weights, dims: [...leading, steps.S, N, W] };
      if (carried === undefined)
        for (const { name, size } of carrying.states)
          inputs[name] = { data: new Float32Array(size * N), dims: [size, N] };
      return inputs;
    },
  };
}
