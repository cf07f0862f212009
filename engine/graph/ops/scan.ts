/**
 * A loop with a carry. Its gradient is a loop that runs the other way: backpropagation through time, derived.
 *
 *   forward:   c_t+1, y_t = body(c_t, x_t, k)
 *   gradient:  dc_t, dx_t, dk_t = vjp of the body at step t, applied to (dc_t+1, dy_t);   dk = Σ_t dk_t
 *
 * Forward values that the gradient uses become further outputs of the forward loop.
 */
import { makeScan, scanParts } from '../make-scan.ts';
import type { Differentiation, Operation, Primal } from '../operation.ts';
import { newScope, type Tensor } from '../tensor.ts';

export const scan: Operation<'scan'> = {
  shapes: () => {
    throw new Error('internal: a scan is made by makeScan');
  },
  gradient: differentiateScan,
  lift: null,
  onnx: () => {
    throw new Error('internal: a scan is emitted with its body');
  },
  evaluate: () => {
    throw new Error('internal: a scan is evaluated with its body');
  },
};

function differentiateScan(
  primal: Primal<'scan'>,
  cotangents: readonly (Tensor | null)[],
  { ops, backpropagate, isCheap }: Differentiation,
): readonly (Tensor | null)[] {
  const { node } = primal;
  const forward = scanParts(node);
  const { carries, sequences, ys } = forward;
  const captured = node.inputs.slice(carries.length + sequences.length);
  const scope = newScope();

  // forward tensors, as the reverse loop sees them
  const kept = new Map<Tensor, Tensor>();
  const remade = new Map<Tensor, Tensor>();
  const value = (tensor: Tensor): Tensor => {
    if (tensor.node.scope !== forward.scope) return primal.value(tensor);
    const known = kept.get(tensor) ?? remade.get(tensor);
    if (known) return known;
    if (isCheap(tensor)) {
      const outputs = ops.apply(tensor.node.kind, tensor.node.inputs.map(value), tensor.node.attributes);
      tensor.node.outputs.forEach((output, index) => remade.set(output, outputs[index]!));
      return remade.get(tensor)!;
    }
    const argument = ops.argument(scope, tensor.shape);
    kept.set(tensor, argument);
    return argument;
  };

  const active = activeCarries(primal);
  const dCarry = carries.map((carry, index) => (active[index] ? ops.argument(scope, carry.in.shape) : null));
  const dYs = ys.map((y, index) =>
    cotangents[carries.length + index] ? ops.argument(scope, y.shape) : null,
  );
  const seeds = [
    ...carries.map((carry, index) => ({ output: carry.out, cotangent: dCarry[index]! })),
    ...ys.map((y, index) => ({ output: y, cotangent: dYs[index]! })),
  ].filter((seed) => seed.cotangent as Tensor | null);

  const wanted = [
    ...carries.map((carry, index) => (active[index] ? carry.in : null)),
    ...sequences.map((sequence, index) => (primal.needs(carries.length + index) ? sequence.in : null)),
    ...captured.map((tensor, index) =>
      primal.needs(carries.length + sequences.length + index) ? tensor : null,
    ),
  ];
  const found = backpropagate({
    outputs: seeds.map((seed) => seed.output),
    cotangents: seeds.map((seed) => seed.cotangent),
    wrt: wanted.filter((tensor) => tensor !== null),
    scope: forward.scope,
    value,
  });
  let next = 0;
  const gradients = wanted.map((tensor) => (tensor === null ? null : found[next++]!));

  // the forward loop once more, with what is kept as further outputs; the two are merged when the graph is rewritten
  const keptTensors = [...kept.keys()].filter(
    (tensor) => !sequences.some((sequence) => sequence.in === tensor),
  );
  const widened = keptTensors.length === 0 ? null : makeScan({ ...forward, ys: [...ys, ...keptTensors] });
  const sequenceOf = (tensor: Tensor): Tensor => {
    const given = sequences.findIndex((sequence) => sequence.in === tensor);
    return given >= 0
      ? primal.input(carries.length + given)
      : primal.value(widened!.ys[ys.length + keptTensors.indexOf(tensor)]!);
  };

  const dCarries = carries.flatMap((carry, index) =>
    dCarry[index]
      ? [
          {
            initial: cotangents[index] ?? ops.fill(0, carry.in.shape),
            in: dCarry[index],
            out: gradients[index] ?? ops.fill(0, carry.in.shape),
            index,
          },
        ]
      : [],
  );
  const perStep = gradients.slice(carries.length);
  const reversed = makeScan({
    scope,
    carries: dCarries,
    sequences: [
      ...[...kept].map(([tensor, argument]) => ({ sequence: sequenceOf(tensor), in: argument })),
      ...dYs.flatMap((argument, index) =>
        argument ? [{ sequence: cotangents[carries.length + index]!, in: argument }] : [],
      ),
      // something to count the steps by when nothing is kept
      ...(kept.size === 0 && dYs.every((argument) => !argument)
        ? [{ sequence: primal.input(carries.length), in: ops.argument(scope, sequences[0]!.in.shape) }]
        : []),
    ],
    ys: perStep.filter((tensor) => tensor !== null),
    reverse: !forward.reverse,
    vectorize: forward.vectorize,
  });

  let step = 0;
  const stacked = perStep.map((tensor) => (tensor === null ? null : reversed.ys[step++]!));
  return [
    ...carries.map((_, index) => {
      const position = dCarries.findIndex((carry) => carry.index === index);
      return position < 0 ? null : reversed.carry[position]!;
    }),
    ...stacked.slice(0, sequences.length),
    ...stacked.slice(sequences.length).map((tensor) => (tensor ? ops.reduceSum(tensor, [0]) : null)),
  ];
}

/** Which carries depend, at some step, on something whose gradient is wanted. */
function activeCarries(primal: Primal<'scan'>): readonly boolean[] {
  const { carries, sequences, scope } = scanParts(primal.node);
  const captured = primal.node.inputs.slice(carries.length + sequences.length);
  const active = carries.map((_, index) => primal.needs(index));
  for (let changed = true; changed;) {
    changed = false;
    const sources = new Set<Tensor>([
      ...carries.filter((_, index) => active[index]).map((carry) => carry.in),
      ...sequences.filter((_, index) => primal.needs(carries.length + index)).map((sequence) => sequence.in),
      ...captured.filter((_, index) => primal.needs(carries.length + sequences.length + index)),
    ]);
    const known = new Map<Tensor, boolean>();
    const depends = (tensor: Tensor): boolean => {
      if (sources.has(tensor)) return true;
      if (tensor.node.scope !== scope) return false;
      let answer = known.get(tensor);
      if (answer === undefined) {
        answer = tensor.node.inputs.some(depends);
        known.set(tensor, answer);
      }
      return answer;
    };
    carries.forEach((carry, index) => {
      if (!active[index] && depends(carry.out)) {
        active[index] = true;
        changed = true;
      }
    });
  }
  return active;
}
