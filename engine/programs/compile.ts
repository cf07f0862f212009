/** From a graph to the ONNX program that the runtime executes. */
import type { Graph } from '../graph/graph.ts';
import { emit } from '../graph/onnx/emit.ts';
import { optimize } from '../graph/passes/optimize.ts';
import { extentOf, usesMemoryPattern, type BatchSize } from './training-memory.ts';

/** The bytes of an ONNX model with the graph's inputs and outputs. */
export const compile = (graph: Graph): Uint8Array => emit(optimize(graph));

/**
 * The same for a training program, at its best for batches of one size; others work too.
 * @returns the model, and whether the runtime is to plan its memory ahead
 */
export function compileFor(
  batch: BatchSize,
  graph: Graph,
): { readonly model: Uint8Array; readonly memoryPattern: boolean } {
  const program = optimize(graph, extentOf(batch));
  return { model: emit(program), memoryPattern: usesMemoryPattern(program, batch) };
}
