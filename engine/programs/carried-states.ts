/**
 * States that go on from one mini-batch to the next, while gradients don't: truncated backpropagation through time (Williams & Peng 1990, with
 * k1 = k2), and batches whose rows are streams that go on.
 */
import { add, expand, input, multiply, scalar, subtract } from '../graph/ops.ts';
import type { Shape } from '../graph/dimensions.ts';
import type { Tensor } from '../graph/tensor.ts';
import { cellOf } from '../nn/cells/table.ts';
import type { EncoderShape } from '../spec/network-shape.ts';

export interface CarriedState {
  /** `layers.0.h`; a program's output of it is `next_layers.0.h`. */
  readonly name: string;
  /** [H,N] */
  readonly shape: Shape;
  readonly layer: number;
  /** As the cell names it. */
  readonly state: string;
}

/** Every state of every layer, layer by layer. */
export const carriedStates = (network: EncoderShape): readonly CarriedState[] =>
  Array.from({ length: network.layers }, (_, layer) =>
    cellOf(network).states.map((state) => ({
      name: `layers.${layer}.${state}`,
      shape: [network.hiddenSize, 'N'],
      layer,
      state,
    })),
  ).flat();

/** The inputs of a program for them, [H,N] each. */
export const carriedInputs = (carried: readonly Pick<CarriedState, 'name' | 'shape'>[]): readonly Tensor[] =>
  carried.map(({ name, shape }) => input(name, shape));

/** The input that says which rows go on from their states (1), and which begin anew (0). */
export const keepName = 'keep';

/** Input `keep` [N] behind the axes `leading`. */
export const keepInput = (leading: Shape): Tensor => input(keepName, [...leading, 'N']);

/**
 * With what each layer begins: the states that came, or where a row begins anew the initial ones, which are learned or 0.
 * @param carried - [H,N] each, in the order of carriedStates
 * @param keep - [N]
 * @returns [H,N] of each state, by layer
 */
export function initialStates(
  network: EncoderShape,
  parameters: ReadonlyMap<string, Tensor>,
  carried: readonly Tensor[],
  keep: Tensor,
): readonly (readonly Tensor[])[] {
  const found = Array.from({ length: network.layers }, (): Tensor[] => []);
  carriedStates(network).forEach(({ layer, state }, index) => {
    const kept = multiply(carried[index]!, keep);
    const learned = parameters.get(`layers.${layer}.initial_${state}`);
    found[layer]!.push(
      learned ? add(kept, multiply(expand(learned, kept.shape), subtract(scalar(1), keep))) : kept,
    );
  });
  return found;
}

/** States in the order of carriedStates, by layer. */
export const byLayer = <State>(
  network: EncoderShape,
  states: readonly State[],
): readonly (readonly State[])[] =>
  Array.from({ length: network.layers }, (_, layer) =>
    states.filter((_state, index) => carriedStates(network)[index]!.layer === layer),
  );
