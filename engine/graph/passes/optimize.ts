/** All passes, in the order in which each makes work for the next, until nothing gets smaller. None changes a value but by rounding. */
import { allNodes, type Graph } from '../graph.ts';
import { collect } from './collect.ts';
import { commonSubexpressions } from './common-subexpressions.ts';
import { foldConstants } from './constants.ts';
import { contract } from './contract.ts';
import { foldMultiplications } from './fold-multiplications.ts';
import { fuse, type Extent } from './fuse.ts';
import { hoist } from './hoist.ts';
import { simplify } from './simplify.ts';

const clean = (graph: Graph): Graph => commonSubexpressions(foldConstants(simplify(graph)));

/** @param extent - the sizes that the program will be run with, if they are known: what is faster depends on them */
export function optimize(graph: Graph, extent: Extent = {}): Graph {
  let best = clean(clean(graph));
  for (let round = 0; round < 8; round++) {
    const size = allNodes(best).length;
    best = clean(clean(contract(collect(hoist(clean(foldMultiplications(best)))))));
    if (round > 1 && allNodes(best).length >= size) break;
  }
  return clean(clean(fuse(best, extent)));
}
