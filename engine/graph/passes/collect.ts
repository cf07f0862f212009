/**
 * Takes out of a loop what its carry does not depend on: it is done once, for all steps at once, after the loop. The
 * gradient of a weight is not summed in the loop: its two factors leave the loop and one product makes it.
 */
import type { Graph } from '../graph.ts';
import { makeScan, type ScanParts } from '../make-scan.ts';
import type { Tensor } from '../tensor.ts';
import { lifter } from './loop.ts';
import { rewrite, type ScanResult } from './rewrite.ts';

export const collect = (graph: Graph): Graph =>
  rewrite(graph, { scan: (parts) => (parts.vectorize ? collectLoop(parts) : makeScan(parts)) });

function collectLoop(parts: ScanParts): ScanResult {
  const { scope, carries, sequences, ys } = parts;
  const length = sequences[0]!.sequence.shape[0]!;
  const given = new Map(sequences.map(({ in: argument, sequence }) => [argument, sequence]));
  const needed = ancestors(
    scope,
    carries.map(({ out }) => out),
  );
  carries.forEach(({ in: argument }) => needed.add(argument));

  // what stays in the loop, and is wanted after it, becomes an output
  const kept: Tensor[] = [];
  const wanted = new Set<Tensor>();
  const stays = (tensor: Tensor): boolean =>
    needed.has(tensor) || (!given.has(tensor) && !able.canLift(tensor));
  const able = lifter(scope, length, (tensor) => given.get(tensor) ?? (needed.has(tensor) ? tensor : null));
  const look = (tensor: Tensor): void => {
    if (tensor.node.scope !== scope || given.has(tensor) || wanted.has(tensor)) return;
    wanted.add(tensor);
    if (stays(tensor)) kept.push(tensor);
    else tensor.node.inputs.forEach(look);
  };
  ys.forEach(look);

  const loop = makeScan({ ...parts, ys: kept });
  const sequenceOf = (tensor: Tensor): Tensor | null => {
    const position = kept.indexOf(tensor);
    return position >= 0 ? loop.ys[position]! : (given.get(tensor) ?? null);
  };
  const { lifted } = lifter(scope, length, sequenceOf);
  return { carry: loop.carry, ys: ys.map(lifted) };
}

/** The tensors of a scope that the results are made of, the results included. */
function ancestors(scope: Tensor['node']['scope'], results: readonly Tensor[]): Set<Tensor> {
  const found = new Set<Tensor>();
  const visit = (tensor: Tensor): void => {
    if (tensor.node.scope !== scope || found.has(tensor)) return;
    found.add(tensor);
    tensor.node.inputs.forEach(visit);
  };
  results.forEach(visit);
  return found;
}
