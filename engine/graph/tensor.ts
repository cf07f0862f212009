/**
 * Tensors and the nodes that make them. A graph is nothing but tensors that know their node, and nodes that know their
 * input tensors; both are immutable.
 *
 * A scope is the body of one loop. A node belongs to the innermost scope that it depends on, and to none when it depends
 * on no loop: what does not depend on a loop is outside it without anyone having to move it there.
 */
import type { Shape } from './dimensions.ts';
import type { OperationKind, Attributes } from './operation.ts';

export interface Scope {
  /** Inner scopes are made after outer ones, so the larger id is the inner. */
  readonly id: number;
}

export interface Node<Kind extends OperationKind = OperationKind> {
  readonly id: number;
  readonly kind: Kind;
  readonly inputs: readonly Tensor[];
  readonly attributes: Attributes[Kind];
  readonly outputs: readonly Tensor[];
  readonly scope: Scope | null;
}

/** One output of a node. All tensors are float32 when a program runs, float64 in the reference interpreter. */
export interface Tensor {
  readonly node: Node;
  /** Which output of the node. */
  readonly index: number;
  readonly shape: Shape;
}

let lastId = 0;

export const newScope = (): Scope => ({ id: ++lastId });

function innermost(inputs: readonly Tensor[]): Scope | null {
  let scope: Scope | null = null;
  for (const input of inputs) {
    const other = input.node.scope;
    if (other && (!scope || other.id > scope.id)) scope = other;
  }
  return scope;
}

/** Makes a node with outputs of the given shapes. Shapes are the caller's to check. */
export function makeNode<Kind extends OperationKind>(
  kind: Kind,
  inputs: readonly Tensor[],
  attributes: Attributes[Kind],
  shapes: readonly Shape[],
  scope: Scope | null = innermost(inputs),
): Node<Kind> {
  const outputs: Tensor[] = [];
  const node: Node<Kind> = { id: ++lastId, kind, inputs, attributes, outputs, scope };
  shapes.forEach((shape, index) => outputs.push({ node: node, index, shape }));
  return node;
}

export const isNode = <Kind extends OperationKind>(node: Node, kind: Kind): node is Node<Kind> & Node =>
  node.kind === kind;
