/** For tests of the passes: what stands in the bodies of a graph's loops, and random loops. */
import fc from 'fast-check';
import { gradients } from '../gradients.ts';
import { allNodes, type Graph } from '../graph.ts';
import type { OperationKind } from '../operation.ts';
import * as ops from '../ops.ts';
import { isNode, type Node, type Tensor } from '../tensor.ts';

/** The kinds of the nodes in the body of each loop. */
export function loopBodies(graph: Graph): readonly { reverse: boolean; kinds: readonly OperationKind[] }[] {
  return allNodes(graph)
    .filter((node) => isNode(node, 'scan'))
    .map(({ attributes }) => {
      const found = new Set<Node>();
      const visit = ({ node }: Tensor): void => {
        if (node.scope !== attributes.scope || node.kind === 'argument' || found.has(node)) return;
        found.add(node);
        node.inputs.forEach(visit);
      };
      [...attributes.carryOut, ...attributes.ys].forEach(visit);
      return { reverse: attributes.reverse, kinds: [...found].map(({ kind }) => kind) };
    });
}

/** How one value of a random body is made of those before it. */
interface Step {
  readonly kind:
    | 'add'
    | 'subtract'
    | 'multiply'
    | 'tanh'
    | 'sigmoid'
    | 'matmul'
    | 'concat'
    | 'negate'
    | 'softmax'
    | 'logSoftmax'
    | 'gather';
  readonly left: number;
  readonly right: number;
}

export const randomSteps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    kind: fc.constantFrom(
      'add',
      'subtract',
      'multiply',
      'tanh',
      'sigmoid',
      'matmul',
      'concat',
      'negate',
      'softmax',
      'logSoftmax',
      'gather',
    ),
    left: fc.nat(1000),
    right: fc.nat(1000),
  }),
  { minLength: 1, maxLength: 12 },
);

/** A loop over T steps with two carries [2,3], and the gradients of a loss of all that comes out of it. */
export function randomLoop(steps: readonly Step[], reverse: boolean): Graph {
  const xs = ops.input('xs', ['T', 2, 3]);
  const weight = ops.input('weight', [2, 2]);
  const start = ops.input('start', [2, 3]);
  const { carry, ys } = ops.scan(
    [start, ops.fill(0.1, [2, 3])],
    [xs],
    (carries, [x]) => {
      const values = [...carries, x!, start];
      const at = (index: number) => values[index % values.length]!;
      for (const { kind, left, right } of steps) values.push(apply(kind, at(left), at(right), weight));
      const bounded = (tensor: Tensor) => ops.tanh(tensor);
      return {
        carry: [bounded(values.at(-1)!), bounded(at(steps[0]!.left))],
        ys: [values.at(-1)!, at(steps[0]!.right)],
      };
    },
    { reverse },
  );
  const total = (tensor: Tensor) =>
    ops.reduceSum(
      ops.multiply(tensor, tensor),
      tensor.shape.map((_, axis) => axis),
    );
  const loss = [...carry, ...ys].map(total).reduce(ops.add);
  const inputs = [xs, weight, start];
  return {
    inputs,
    outputs: [
      { name: 'loss', tensor: loss },
      ...gradients(loss, inputs).map((tensor, index) => ({ name: `gradient_${index}`, tensor })),
    ],
  };
}

function apply(kind: Step['kind'], left: Tensor, right: Tensor, weight: Tensor): Tensor {
  switch (kind) {
    case 'tanh':
    case 'sigmoid':
    case 'negate':
      return ops[kind](left);
    case 'softmax':
    case 'logSoftmax':
      return ops[kind](left, 1);
    case 'gather':
      return ops.gather(ops.concat([left, right], 0), ops.argmax(right, 1));
    case 'matmul':
      return ops.matmul(weight, left);
    case 'concat':
      return ops.split(ops.concat([left, right], 0), 0, [1, 2, 1])[1]!;
    default:
      return ops[kind](left, right);
  }
}
