/** Reverse-mode automatic differentiation (Griewank & Walther 2008, chapter 3): from a graph, the graph of its gradient. */
import type { Differentiation, OperationKind, Primal } from './operation.ts';
import { operation } from './ops/table.ts';
import { add, fill, ops } from './ops.ts';
import { formatShape } from './dimensions.ts';
import { ShapeError } from './operation.ts';
import type { Node, Tensor } from './tensor.ts';

const isCheap = ({ node }: Tensor): boolean => operation(node.kind).cheap ?? false;

const backpropagate: Differentiation['backpropagate'] = ({ outputs, cotangents, wrt, scope, value }) => {
  const wanted = new Set(wrt);
  const depends = dependence(wanted, scope);
  const gradients = new Map<Tensor, Tensor>();
  const accumulate = (tensor: Tensor, cotangent: Tensor): void => {
    const sofar = gradients.get(tensor);
    gradients.set(tensor, sofar ? add(sofar, cotangent) : cotangent);
  };
  outputs.forEach((output, index) => {
    if (depends(output)) accumulate(output, cotangents[index]!);
  });

  for (const node of reverseOrder(outputs, (tensor) => !wanted.has(tensor) && depends(tensor))) {
    const arriving = node.outputs.map((output) =>
      wanted.has(output) ? null : (gradients.get(output) ?? null),
    );
    if (arriving.every((cotangent) => cotangent === null)) continue;
    const contributions = differentiate(node, arriving, depends, value);
    node.inputs.forEach((input, index) => {
      const contribution = contributions[index];
      if (contribution && depends(input)) accumulate(input, contribution);
    });
  }
  return wrt.map((tensor) => gradients.get(tensor) ?? null);
};

function differentiate<Kind extends OperationKind>(
  node: Node<Kind>,
  cotangents: readonly (Tensor | null)[],
  depends: (tensor: Tensor) => boolean,
  value: (tensor: Tensor) => Tensor,
): readonly (Tensor | null)[] {
  const primal: Primal<Kind> = {
    node,
    attributes: node.attributes,
    input: (index) => value(node.inputs[index]!),
    output: (index) => value(node.outputs[index]!),
    needs: (index) => depends(node.inputs[index]!),
    value,
  };
  return operation(node.kind).gradient(primal, cotangents, { ops, backpropagate, isCheap });
}

/** Whether a tensor depends on one of `sources` through nodes of the scope. */
function dependence(sources: ReadonlySet<Tensor>, scope: Node['scope'] | 'any'): (tensor: Tensor) => boolean {
  const known = new Map<Node, boolean>();
  const depends = (tensor: Tensor): boolean => {
    if (sources.has(tensor)) return true;
    if (scope !== 'any' && tensor.node.scope !== scope) return false;
    let answer = known.get(tensor.node);
    if (answer === undefined) {
      answer = tensor.node.inputs.some(depends);
      known.set(tensor.node, answer);
    }
    return answer;
  };
  return depends;
}

/** The nodes behind the outputs, each before the nodes of its inputs. */
function reverseOrder(outputs: readonly Tensor[], follow: (tensor: Tensor) => boolean): readonly Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  const visit = (tensor: Tensor): void => {
    if (!follow(tensor) || seen.has(tensor.node)) return;
    seen.add(tensor.node);
    tensor.node.inputs.forEach(visit);
    order.push(tensor.node);
  };
  outputs.forEach(visit);
  return order.reverse();
}

/**
 * The gradient of a scalar with respect to tensors that it is made of.
 * @param loss - shape []
 * @returns one tensor for each of `wrt`, of its shape; zeros where the loss does not depend on it
 * @throws ShapeError when the loss is not a scalar
 */
export function gradients(loss: Tensor, wrt: readonly Tensor[]): readonly Tensor[] {
  if (loss.shape.length > 0)
    throw new ShapeError(`gradients: expected a scalar loss, got ${formatShape(loss.shape)}`);
  const found = backpropagate({
    outputs: [loss],
    cotangents: [ops.scalar(1)],
    wrt,
    // a loss in a loop may depend on what is made outside of it
    scope: 'any',
    value: (tensor) => tensor,
  });
  return found.map((gradient, index) => gradient ?? fill(0, wrt[index]!.shape));
}
