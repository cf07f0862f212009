/** From a graph to the ONNX program that the runtime executes. */
import type { Graph } from '../graph/graph.ts';
import { emit } from '../graph/onnx/emit.ts';
import type { Extent } from '../graph/passes/fuse.ts';
import { optimize } from '../graph/passes/optimize.ts';

/**
 * The bytes of an ONNX model with the graph's inputs and outputs.
 * @param extent - the sizes that the program will be run with, by their symbols, if they are known; others work too
 */
export const compile = (graph: Graph, extent: Extent = {}): Uint8Array => emit(optimize(graph, extent));
