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

/**
 * The same the other way round: `second` may have loops, and keeps its names.
 * @param first - without loops; what it calls its own is given other names
 */
export function prepend(first: OnnxGraph, second: OnnxGraph): OnnxGraph {
  const outside = new Set([...[...first.inputs, ...first.outputs].map(({ name }) => name), '']);
  const rename = (name: string): string => (outside.has(name) ? name : `first_${name}`);
  const renamed = {
    nodes: first.nodes.map((node) => ({
      ...node,
      name: `first_${node.name}`,
      input: node.input.map(rename),
      output: node.output.map(rename),
    })),
    initializers: first.initializers.map((item) => ({ ...item, name: rename(item.name) })),
  };
  return {
    name: second.name,
    inputs: first.inputs,
    outputs: second.outputs,
    nodes: [...renamed.nodes, ...second.nodes],
    initializers: [...renamed.initializers, ...second.initializers],
  };
}
