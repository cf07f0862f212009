/**
 * Takes out of a loop what does not depend on its carry: it is done once, for all steps at once, before the loop
 * (the input product W·x of every cell; in a reverse loop all factors that are made of kept activations).
 */
import type { Graph } from '../graph.ts';
import { makeScan, type ScanParts } from '../make-scan.ts';
import { argument } from '../ops.ts';
import type { Tensor } from '../tensor.ts';
import { carryDependence, lifter } from './loop.ts';
import { rewrite, rewriteTensors, type ScanResult } from './rewrite.ts';

export const hoist = (graph: Graph): Graph =>
  rewrite(graph, { scan: (parts) => (parts.vectorize ? hoistLoop(parts) : makeScan(parts)) });

function hoistLoop(parts: ScanParts): ScanResult {
  const { scope, carries, sequences, ys } = parts;
  const given = new Map(sequences.map(({ in: tensor, sequence }) => [tensor, sequence]));
  const dependsOnCarry = carryDependence(parts);
  const lift = lifter(scope, parts.sequences[0]!.sequence.shape[0]!, (tensor) => given.get(tensor) ?? null);
  const isOutside = (tensor: Tensor) => tensor.node.scope !== scope;
  const canLeave = (tensor: Tensor): boolean =>
    !isOutside(tensor) && !given.has(tensor) && !dependsOnCarry(tensor) && lift.canLift(tensor);

  // where values that can leave meet nodes that can't, the loop gets a new sequence
  const arrivals = new Map<Tensor, Tensor>();
  const arrive = (tensor: Tensor): void => {
    if (!arrivals.has(tensor)) arrivals.set(tensor, argument(scope, tensor.shape));
  };
  const seen = new Set<Tensor>();
  const look = (tensor: Tensor): void => {
    if (isOutside(tensor) || seen.has(tensor)) return;
    seen.add(tensor);
    if (canLeave(tensor)) arrive(tensor);
    else tensor.node.inputs.forEach(look);
  };
  const staying = ys.filter((y) => !canLeave(y) && !given.has(y));
  carries.forEach(({ out }) => look(out));
  staying.forEach(look);

  const results = rewriteTensors([...carries.map(({ out }) => out), ...staying], {
    replacements: arrivals,
    within: scope,
  });
  const loop =
    results.length === 0
      ? { carry: [], ys: [] }
      : makeScan({
          ...parts,
          carries: carries.map((carry, index) => ({ ...carry, out: results[index]! })),
          sequences: [
            ...sequences,
            ...[...arrivals].map(([tensor, inside]) => ({ sequence: lift.lifted(tensor), in: inside })),
          ],
          ys: results.slice(carries.length),
        });
  return {
    carry: loop.carry,
    ys: ys.map((y) => given.get(y) ?? (canLeave(y) ? lift.lifted(y) : loop.ys[staying.indexOf(y)]!)),
  };
}
