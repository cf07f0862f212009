/** A network as an ONNX graph of its own forward equations, for cells that no standard operator computes. */
import { emitGraph } from '../graph/onnx/emit.ts';
import type { OnnxGraph } from '../graph/onnx/proto.ts';
import { optimize } from '../graph/passes/optimize.ts';
import { input, reshape, transpose } from '../graph/ops.ts';
import type { Body } from './export-body.ts';
import { forward } from './forward.ts';
import { parameterLayout } from './parameters.ts';
import { collectTraces } from './trace.ts';
import { trainedWeights } from './trained-weights.ts';

/** Inputs: what it reads, and of a padded network `mask` [time,batch] beside `x`. Outputs `head`, [batch,P] or [batch,time,P]; with `trace` states and gates, too. */
export function exportEquations({ network, parameters, reads, trace = false }: Body): OnnxGraph {
  const { inputSize: I } = network;
  const x = input(reads, reads === 'x' ? ['time', 'batch', I] : ['batch', 'time', I]);
  const mask = reads === 'x' && network.padded === true ? input('mask', ['time', 'batch']) : null;
  const everyStep = network.architecture === 'sequence_to_sequence';
  const traces = collectTraces('layers');
  const outputs = forward(
    network,
    trainedWeights(parameterLayout(network), parameters),
    reads === 'x' ? x : transpose(x, [1, 0, 2]),
    everyStep ? 'all' : 'last',
    { ...(mask && { padding: mask }), ...(trace && { tracer: traces.tracer }) },
  );
  const head = everyStep ? transpose(outputs, [1, 0, 2]) : reshape(outputs, ['batch', network.outputSize]);
  return emitGraph(
    optimize({
      inputs: mask ? [x, mask] : [x],
      outputs: [{ name: 'head', tensor: head }, ...traces.outputs],
    }),
    network.architecture,
  );
}
