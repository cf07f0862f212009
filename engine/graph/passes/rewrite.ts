/**
 * Rebuilds a graph from its results backwards, so that what no result uses is gone, and lets a pass put something else
 * in the place of nodes. Loops that share a body become one; carries, sequences and outputs that nothing uses go.
 */
import type { Graph } from '../graph.ts';
import { makeScan, scanParts, type ScanParts } from '../make-scan.ts';
import type { OperationKind } from '../operation.ts';
import { makeNode, isNode, type Node, type Scope, type Tensor } from '../tensor.ts';
import { operation } from '../ops/table.ts';

export interface ScanResult {
  readonly carry: readonly Tensor[];
  readonly ys: readonly Tensor[];
}

export interface Rewriting {
  /** Something else for a node, whose inputs are rewritten already; null leaves it as it is. */
  readonly node?: (node: Node, inputs: readonly Tensor[]) => readonly Tensor[] | null;
  /** The same for a loop, whose body is rewritten already. */
  readonly scan?: (parts: ScanParts) => ScanResult;
  /** Tensors to put in the place of others, wherever they stand. */
  readonly replacements?: ReadonlyMap<Tensor, Tensor>;
  /** Leave alone what is outside this scope. */
  readonly within?: Scope;
}

export function rewrite(graph: Graph, rewriting: Rewriting): Graph {
  const tensors = rewriteTensors(
    graph.outputs.map(({ tensor }) => tensor),
    rewriting,
  );
  return {
    inputs: graph.inputs,
    outputs: graph.outputs.map(({ name }, index) => ({ name, tensor: tensors[index]! })),
  };
}

export function rewriteTensors(results: readonly Tensor[], rewriting: Rewriting): readonly Tensor[] {
  const { within } = rewriting;
  const isOutside = ({ node }: Tensor) => within !== undefined && (node.scope?.id ?? 0) < within.id;
  const { live, scans } = liveness(results, rewriting.replacements ?? new Map(), isOutside);
  const done = new Map<Tensor, Tensor>(rewriting.replacements);

  const visit = (tensor: Tensor): Tensor => {
    const known = done.get(tensor);
    if (known) return known;
    if (isOutside(tensor)) return tensor;
    const { node } = tensor;
    if (isNode(node, 'scan')) visitScan(node.attributes.scope);
    else visitNode(node);
    return done.get(tensor)!;
  };

  const visitNode = <Kind extends OperationKind>(node: Node<Kind>): void => {
    const inputs = node.inputs.map(visit);
    const same = inputs.every((tensor, index) => tensor === node.inputs[index]);
    const outputs = rewriting.node?.(node, inputs) ?? (same ? node.outputs : remake(node, inputs));
    node.outputs.forEach((output, index) => done.set(output, outputs[index]!));
  };

  /** All loops over one body at once: the outputs that any of them is asked for. */
  const visitScan = (scope: Scope): void => {
    const variants = scans.get(scope)!;
    const first = scanParts(variants[0]!);
    const keptCarries = first.carries
      .map((carry, index) => ({ ...carry, index }))
      .filter(
        ({ in: argument, index }) =>
          live.has(argument) || variants.some((node) => live.has(node.outputs[index]!)),
      );
    const ys = new Set(
      variants.flatMap((node) => {
        const parts = scanParts(node);
        return parts.ys.filter((_, index) => live.has(node.outputs[parts.carries.length + index]!));
      }),
    );
    let keptSequences = first.sequences.filter(({ in: argument }) => live.has(argument));
    // a loop needs something to count its steps by
    if (keptSequences.length === 0) keptSequences = first.sequences.slice(0, 1);
    const parts: ScanParts = {
      ...first,
      carries: keptCarries.map(({ initial, in: argument, out }) => ({
        initial: visit(initial),
        in: keep(argument),
        out: visit(out),
      })),
      sequences: keptSequences.map(({ sequence, in: argument }) => ({
        sequence: visit(sequence),
        in: keep(argument),
      })),
      ys: [...ys].map(visit),
    };
    const result = (rewriting.scan ?? makeScan)(parts);
    const position = new Map([...ys].map((tensor, index) => [tensor, index]));
    for (const node of variants) {
      const original = scanParts(node);
      keptCarries.forEach(({ index }, kept) => done.set(node.outputs[index]!, result.carry[kept]!));
      original.ys.forEach((y, index) => {
        const at = position.get(y);
        if (at !== undefined) done.set(node.outputs[original.carries.length + index]!, result.ys[at]!);
      });
    }
  };

  const keep = (argument: Tensor): Tensor => {
    if (!done.has(argument)) done.set(argument, argument);
    return argument;
  };

  return results.map(visit);
}

/** A node on other inputs. */
export function remake<Kind extends OperationKind>(
  node: Node<Kind>,
  inputs: readonly Tensor[],
): readonly Tensor[] {
  return makeNode(node.kind, inputs, node.attributes, operation(node.kind).shapes(inputs, node.attributes))
    .outputs;
}

/** Which tensors the results are made of, and the loops over each body. */
function liveness(
  results: readonly Tensor[],
  replacements: ReadonlyMap<Tensor, Tensor>,
  isOutside: (tensor: Tensor) => boolean,
): { live: ReadonlySet<Tensor>; scans: ReadonlyMap<Scope, readonly Node<'scan'>[]> } {
  const live = new Set<Tensor>();
  const scans = new Map<Scope, Node<'scan'>[]>();
  /** What becomes live with an argument: the carry's first value and its next one, or the sequence. */
  const behind = new Map<Tensor, Tensor[]>();
  const pending = [...results];
  const markBehind = (argument: Tensor, tensors: readonly Tensor[]): void => {
    behind.set(argument, [...(behind.get(argument) ?? []), ...tensors]);
    if (live.has(argument)) pending.push(...tensors);
  };
  while (pending.length > 0) {
    const tensor = pending.pop()!;
    if (live.has(tensor) || isOutside(tensor)) continue;
    live.add(tensor);
    const replacement = replacements.get(tensor);
    if (replacement) {
      if (replacement !== tensor) pending.push(replacement);
      continue;
    }
    const { node } = tensor;
    if (node.kind === 'argument') {
      pending.push(...(behind.get(tensor) ?? []));
    } else if (isNode(node, 'scan')) {
      const parts = scanParts(node);
      const variants = scans.get(parts.scope) ?? [];
      if (!variants.includes(node)) {
        scans.set(parts.scope, [...variants, node]);
        for (const carry of parts.carries) markBehind(carry.in, [carry.initial, carry.out]);
        for (const { sequence, in: argument } of parts.sequences) markBehind(argument, [sequence]);
        pending.push(parts.sequences[0]!.sequence);
      }
      const carry = parts.carries[tensor.index];
      if (carry) pending.push(carry.initial, carry.out, carry.in);
      else pending.push(parts.ys[tensor.index - parts.carries.length]!);
    } else {
      pending.push(...node.inputs);
    }
  }
  return { live, scans };
}
