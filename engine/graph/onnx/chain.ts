/** Two graphs one after the other. */
import type { OnnxGraph } from './proto.ts';

/**
 * Feeds the outputs of `first` to the inputs of `second` that have their names.
 * @param second - without loops; what it calls its own is given other names, so that both may use the same ones
 */
export function chain(first: OnnxGraph, second: OnnxGraph): OnnxGraph {
  const made = new Set(first.outputs.map(({ name }) => name));
  const stranger = second.inputs.find(({ name }) => !made.has(name));
  if (stranger) throw new Error(`internal: expected an output for ${stranger.name}, got none`);
  const outside = new Set([...made, ...second.outputs.map(({ name }) => name), '']);
  const rename = (name: string): string => (outside.has(name) ? name : `then_${name}`);
  return {
    name: first.name,
    inputs: first.inputs,
    outputs: second.outputs,
    nodes: [
      ...first.nodes,
      ...second.nodes.map((node) => ({
        ...node,
        name: rename(node.name),
        input: node.input.map(rename),
        output: node.output.map(rename),
      })),
    ],
    initializers: [
      ...first.initializers,
      ...second.initializers.map((initializer) => ({ ...initializer, name: rename(initializer.name) })),
    ],
  };
}
