/** A network that writes numbers behind a window, as the middle part of the file of a forecast. */
import type { OnnxGraph } from '../../graph/onnx/proto.ts';
import { outputSize, type EncoderDecoderShape } from '../../spec/decoder-shape.ts';
import { isTrace } from '../trace.ts';
import { readGraph } from './export-writer.ts';
import { withLoop } from './writing-loop.ts';

/** From `scaled` [batch,time,I], ids looked up, to `head` [batch,horizon,P]: a Loop of as many steps, the first of which goes on from 0, as in training (windowSequences). */
export function exportWindowWriter(
  writer: EncoderDecoderShape,
  parameters: Float32Array,
  horizon: number,
  trace = false,
): OnnxGraph {
  const options = { writer, parameters, maxSteps: horizon, lookedUp: true, trace, metadata: {} };
  const graph = withLoop(options, readGraph(options, 'zero'));
  const names: Readonly<Record<string, string>> = { x: 'scaled', y: 'head' };
  const rename = (name: string): string => names[name] ?? name;
  return {
    ...graph,
    nodes: graph.nodes.map((node) => ({
      ...node,
      name: rename(node.name),
      input: node.input.map(rename),
      output: node.output.map(rename),
    })),
    inputs: graph.inputs.map((input) => ({ ...input, name: rename(input.name) })),
    outputs: [
      { name: 'head', shape: ['batch', 'steps', outputSize(writer.decoder)] },
      ...graph.outputs.filter(({ name }) => isTrace(name)),
    ],
  };
}
