/** What passes ask of the body of a loop. */
import type { Dimension } from '../dimensions.ts';
import type { ScanParts } from '../make-scan.ts';
import type { OperationKind } from '../operation.ts';
import { expand, ops } from '../ops.ts';
import { operation } from '../ops/table.ts';
import type { Node, Scope, Tensor } from '../tensor.ts';

/** Whether a tensor of the body differs from step to step by what the loop carries. */
export function carryDependence({ scope, carries }: ScanParts): (tensor: Tensor) => boolean {
  const known = new Map<Node, boolean>(carries.map(({ in: argument }) => [argument.node, true]));
  const depends = ({ node }: Tensor): boolean => {
    if (node.scope !== scope) return false;
    let answer = known.get(node);
    if (answer === undefined) {
      answer = node.inputs.some(depends);
      known.set(node, answer);
    }
    return answer;
  };
  return depends;
}

export interface Lifter {
  /** Whether all that a tensor is made of, down to the given sequences, can be done for all steps at once. */
  readonly canLift: (tensor: Tensor) => boolean;
  /** The tensor's values at all steps, [length, …]. */
  readonly lifted: (tensor: Tensor) => Tensor;
}

/**
 * Does the work of a loop's body for all steps at once.
 * @param sequenceOf - the values at all steps of those tensors of the body that are to be taken as given
 */
export function lifter(
  scope: Scope,
  length: Dimension,
  sequenceOf: (tensor: Tensor) => Tensor | null,
): Lifter {
  const able = new Map<Node, boolean>();
  const made = new Map<Tensor, Tensor>();

  const canLift = (tensor: Tensor): boolean => {
    const { node } = tensor;
    if (node.scope !== scope || sequenceOf(tensor)) return true;
    let answer = able.get(node);
    if (answer === undefined) {
      answer = operation(node.kind).lift !== null && node.inputs.every(canLift);
      able.set(node, answer);
    }
    return answer;
  };

  const lifted = (tensor: Tensor): Tensor => {
    if (tensor.node.scope !== scope) return expand(tensor, [length, ...tensor.shape]);
    const known = sequenceOf(tensor) ?? made.get(tensor);
    if (known) return known;
    liftNode(tensor.node).forEach((output, index) => made.set(tensor.node.outputs[index]!, output));
    return made.get(tensor)!;
  };

  const liftNode = <Kind extends OperationKind>(node: Node<Kind>): readonly Tensor[] => {
    const operands = node.inputs.map((input) => {
      const inside = input.node.scope === scope;
      return { tensor: inside ? lifted(input) : input, lifted: inside };
    });
    return operation(node.kind).lift!(operands, node.attributes, length, ops);
  };

  return { canLift, lifted };
}
