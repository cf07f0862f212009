/** A network as an ONNX graph of its own forward equations, for cells that no standard operator computes. */
import { emitGraph } from '../graph/onnx/emit.ts';
import type { OnnxGraph } from '../graph/onnx/proto.ts';
import { optimize } from '../graph/passes/optimize.ts';
import { input, reshape, transpose, weights } from '../graph/ops.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import type { ExportOptions } from './export-options.ts';
import { forward } from './forward.ts';
import { parameterLayout } from './parameters.ts';
import { collectTraces } from './trace.ts';

/** From `scaled` [batch,time,I] to `head`, [batch,P] or [batch,time,P]; with `trace` states and gates, too. */
export function exportEquations({
  network,
  parameters,
  trace = false,
}: Pick<ExportOptions, 'parameters' | 'trace'> & { readonly network: NetworkShape }): OnnxGraph {
  const x = input('scaled', ['batch', 'time', network.inputSize]);
  const tensors = new Map(
    parameterLayout(network).map(({ name, shape, offset, size }) => [
      name,
      weights(name, parameters.subarray(offset, offset + size), shape),
    ]),
  );
  const everyStep = network.architecture === 'sequence_to_sequence';
  const traces = collectTraces('layers');
  const outputs = forward(network, tensors, transpose(x, [1, 0, 2]), everyStep ? 'all' : 'last', {
    ...(trace && { tracer: traces.tracer }),
  });
  const head = everyStep ? transpose(outputs, [1, 0, 2]) : reshape(outputs, ['batch', network.outputSize]);
  return emitGraph(
    optimize({ inputs: [x], outputs: [{ name: 'head', tensor: head }, ...traces.outputs] }),
    network.architecture,
  );
}
