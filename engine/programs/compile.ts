/** From a graph to the ONNX program that the runtime executes. */
import type { Graph } from '../graph/graph.ts';
import { emit } from '../graph/onnx/emit.ts';
import { optimize } from '../graph/passes/optimize.ts';

/** The bytes of an ONNX model with the graph's inputs and outputs. */
export const compile = (graph: Graph): Uint8Array => emit(optimize(graph));
