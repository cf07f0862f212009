/** Puts the parts of a loop together into a scan node, and takes one apart again. */
import { formatShape, sameShape } from './dimensions.ts';
import { ShapeError, type ScanAttributes } from './operation.ts';
import { makeNode, type Node, type Scope, type Tensor } from './tensor.ts';

export interface ScanParts {
  readonly scope: Scope;
  readonly carries: readonly { readonly initial: Tensor; readonly in: Tensor; readonly out: Tensor }[];
  readonly sequences: readonly { readonly sequence: Tensor; readonly in: Tensor }[];
  readonly ys: readonly Tensor[];
  readonly reverse: boolean;
  readonly vectorize: boolean;
}

export function makeScan(parts: ScanParts): { carry: readonly Tensor[]; ys: readonly Tensor[] } {
  const { carries, sequences, ys } = parts;
  const length = sequences[0]?.sequence.shape[0];
  if (length === undefined || sequences.some(({ sequence }) => sequence.shape[0] !== length)) {
    const shapes = sequences.map(({ sequence }) => formatShape(sequence.shape)).join(', ');
    throw new ShapeError(`scan: expected at least one sequence, all of one length, got ${shapes || 'none'}`);
  }
  for (const { in: before, out: after } of carries) {
    if (!sameShape(before.shape, after.shape)) {
      throw new ShapeError(
        `scan: expected a carry to keep its shape ${formatShape(before.shape)}, got ${formatShape(after.shape)}`,
      );
    }
  }
  const attributes: ScanAttributes = {
    scope: parts.scope,
    carryIn: carries.map((carry) => carry.in),
    xIn: sequences.map((sequence) => sequence.in),
    carryOut: carries.map((carry) => carry.out),
    ys,
    length,
    reverse: parts.reverse,
    vectorize: parts.vectorize,
  };
  const inputs = [
    ...carries.map((carry) => carry.initial),
    ...sequences.map(({ sequence }) => sequence),
    ...captures(parts.scope, [...attributes.carryOut, ...ys]),
  ];
  const shapes = [...carries.map((carry) => carry.initial.shape), ...ys.map((y) => [length, ...y.shape])];
  const { outputs } = makeNode('scan', inputs, attributes, shapes);
  return { carry: outputs.slice(0, carries.length), ys: outputs.slice(carries.length) };
}

export function scanParts(node: Node<'scan'>): ScanParts {
  const { scope, carryIn, xIn, carryOut, ys, reverse, vectorize } = node.attributes;
  return {
    scope,
    carries: carryIn.map((argument, index) => ({
      initial: node.inputs[index]!,
      in: argument,
      out: carryOut[index]!,
    })),
    sequences: xIn.map((argument, index) => ({
      sequence: node.inputs[carryIn.length + index]!,
      in: argument,
    })),
    ys,
    reverse,
    vectorize,
  };
}

/** The tensors outside a scope that the tensors inside it are made of. */
function captures(scope: Scope, results: readonly Tensor[]): readonly Tensor[] {
  const found = new Set<Tensor>();
  const seen = new Set<Node>();
  const visit = (tensor: Tensor): void => {
    if (tensor.node.scope !== scope) {
      found.add(tensor);
    } else if (!seen.has(tensor.node)) {
      seen.add(tensor.node);
      tensor.node.inputs.forEach(visit);
    }
  };
  results.forEach(visit);
  return [...found];
}
