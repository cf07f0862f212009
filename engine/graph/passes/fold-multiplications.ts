/**
 * Gathers in one factor what a loop multiplies by and what does not depend on its carry, so that hoisting takes all of
 * it out at once:   (d · a) · b → d · (a · b);   concat(d · a, e · b) → concat(d, e) · concat(a, b).
 */
import { sameShape } from '../dimensions.ts';
import type { Graph } from '../graph.ts';
import { makeScan, type ScanParts } from '../make-scan.ts';
import { concat, multiply } from '../ops.ts';
import { isNode, type Node, type Tensor } from '../tensor.ts';
import { carryDependence } from './loop.ts';
import { rewrite, rewriteTensors, type ScanResult } from './rewrite.ts';

export const foldMultiplications = (graph: Graph): Graph =>
  rewrite(graph, { scan: (parts) => (parts.vectorize ? foldLoop(parts) : makeScan(parts)) });

/** A tensor as (what depends on the carry) · (what does not), both of the tensor's own shape. */
interface Product {
  readonly carried: Tensor;
  readonly factor: Tensor;
}

function foldLoop(parts: ScanParts): ScanResult {
  const { scope, carries, ys } = parts;
  const dependsOnCarry = carryDependence(parts);
  const carried = (tensor: Tensor): boolean => tensor.node.scope === scope && dependsOnCarry(tensor);

  const asProduct = (tensor: Tensor): Product | null => {
    if (!isNode(tensor.node, 'multiply') || !carried(tensor)) return null;
    const [a, b] = tensor.node.inputs as [Tensor, Tensor];
    if (carried(a) === carried(b)) return null;
    const product = carried(a) ? { carried: a, factor: b } : { carried: b, factor: a };
    const whole =
      sameShape(product.carried.shape, tensor.shape) && sameShape(product.factor.shape, tensor.shape);
    return whole ? product : null;
  };

  const fold = (node: Node, inputs: readonly Tensor[]): readonly Tensor[] | null => {
    if (node.scope !== scope) return null;
    if (isNode(node, 'multiply')) {
      const outer = asProduct(multiply(inputs[0]!, inputs[1]!));
      const inner = outer && asProduct(outer.carried);
      return inner ? [multiply(inner.carried, multiply(inner.factor, outer.factor))] : null;
    }
    if (isNode(node, 'concat')) {
      const { axis } = node.attributes;
      const products = inputs.map(asProduct);
      if (!products.every((product) => product !== null)) return null;
      // a concat of concats along one axis is one
      const flat = products.flatMap(({ carried: tensor }) =>
        isNode(tensor.node, 'concat') && tensor.node.attributes.axis === axis ? tensor.node.inputs : [tensor],
      );
      return [
        multiply(
          concat(flat, axis),
          concat(
            products.map(({ factor }) => factor),
            axis,
          ),
        ),
      ];
    }
    return null;
  };

  const results = rewriteTensors([...carries.map(({ out }) => out), ...ys], {
    node: fold,
    within: scope,
  });
  return makeScan({
    ...parts,
    carries: carries.map((carry, index) => ({ ...carry, out: results[index]! })),
    ys: results.slice(carries.length),
  });
}
