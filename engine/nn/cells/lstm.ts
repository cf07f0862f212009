/**
 * Long short-term memory with a forget gate (Hochreiter & Schmidhuber 1997; Gers et al. 2000).
 *
 *   i, f = σ(W x + b + R h + p ∘ c)      input and forget gate
 *   g    = tanh(W x + b + R h)           what may be written
 *   c'   = f ∘ c + i ∘ g
 *   o    = σ(W x + b + R h + p ∘ c')     output gate
 *   h'   = o ∘ tanh(c')
 *
 * The peepholes p (Gers & Schmidhuber 2000) are left out unless they are asked for.
 */
import { add, multiply, sigmoid, split, tanh } from '../../graph/ops.ts';
import type { Tensor } from '../../graph/tensor.ts';
import type { Cell, StepContext } from './cell.ts';

export const lstm = (peepholes: boolean): Cell => ({
  gates: ['i', 'f', 'o', 'g'],
  parameters: peepholes ? [{ name: 'peephole', gates: ['i', 'f', 'o'] }] : [],
  states: ['h', 'c'],
  step: peepholes ? stepWithPeepholes : step,
  onnx: {
    operator: 'LSTM',
    gates: ['i', 'o', 'f', 'g'],
    ...(peepholes && { peepholes: ['i', 'o', 'f'] }),
    attributes: () => ({}),
  },
});

function step(
  [h, c]: readonly Tensor[],
  projected: Tensor,
  { recurrent, normalized, tell }: StepContext,
): readonly Tensor[] {
  const size = h!.shape[0] as number;
  const [gates, candidate] = split(add(recurrent(h!), projected), 0, [3 * size, size]);
  const [i, f, o] = split(sigmoid(gates!), 0, [size, size, size]);
  const g = tanh(candidate!);
  const nextC = add(multiply(f!, c!), multiply(i!, g));
  tellAll(tell, { i: i!, f: f!, o: o!, g });
  return [multiply(o!, tanh(normalized(nextC))), nextC];
}

function stepWithPeepholes(
  [h, c]: readonly Tensor[],
  projected: Tensor,
  { recurrent, normalized, parameter, tell }: StepContext,
): readonly Tensor[] {
  const size = h!.shape[0] as number;
  const [preI, preF, preO, candidate] = split(add(recurrent(h!), projected), 0, [size, size, size, size]);
  const [peepI, peepF, peepO] = split(parameter('peephole'), 0, [size, size, size]);
  const i = sigmoid(add(preI!, multiply(peepI!, c!)));
  const f = sigmoid(add(preF!, multiply(peepF!, c!)));
  const g = tanh(candidate!);
  const nextC = add(multiply(f, c!), multiply(i, g));
  const o = sigmoid(add(preO!, multiply(peepO!, nextC)));
  tellAll(tell, { i, f, o, g });
  return [multiply(o, tanh(normalized(nextC))), nextC];
}

function tellAll(tell: StepContext['tell'], gates: Readonly<Record<string, Tensor>>): void {
  if (tell) for (const [gate, value] of Object.entries(gates)) tell(gate, value);
}
