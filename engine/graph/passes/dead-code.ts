/**
 * Drops what no result is made of: nodes, and of loops the carries, sequences and outputs that nothing uses. Every other
 * pass does so too, since each rebuilds the graph from its results.
 */
import type { Graph } from '../graph.ts';
import { rewrite } from './rewrite.ts';

export const dropDeadCode = (graph: Graph): Graph => rewrite(graph, {});
