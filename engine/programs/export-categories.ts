/** Ids of categories in a model's file → one number for each category, or its learned vector. */
import { elementType } from '../graph/onnx/element-type.ts';
import type { ModelWriter } from '../graph/onnx/model-writer.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import type { CategoryInput } from '../spec/row-inputs.ts';
import { embeddedSize, embeddingParameters } from './parameters.ts';

/** Numbers that the categories of a step are to a network whose ids have been looked up. */
export const categoryWidth = (categories: readonly CategoryInput[]): number =>
  categories.reduce((sum, one) => sum + (one.kind === 'one_hot' ? one.categories : one.embedding.size), 0);

/** The network behind its embeddings, with its own part of the parameters [P], and the tables [V,D] before it. */
export function behindEmbeddings<Network extends NetworkShape>(
  network: Network,
  parameters: Float32Array,
): {
  readonly network: Network;
  readonly parameters: Float32Array;
  readonly tables: readonly Float32Array[];
} {
  // tables are the first of all parameters
  let offset = 0;
  const tables = embeddingParameters(network).map(({ shape: [rows, columns] }) =>
    parameters.subarray(offset, (offset += rows * columns)),
  );
  return {
    network: { ...network, inputSize: embeddedSize(network), embeddings: [] },
    parameters: parameters.subarray(offset),
    tables,
  };
}

/**
 * One-hot categories first, then vectors.
 * @param ids - [batch,time,categories], whole numbers as float32
 * @returns names of [batch,time,·], in the order in which the network takes them
 */
export function encodeCategories(
  writer: ModelWriter,
  ids: string,
  categories: readonly CategoryInput[],
  tables: readonly Float32Array[],
): readonly string[] {
  const node = (type: string, operands: readonly string[], attributes = {}): string =>
    writer.node(type, operands, attributes)[0]!;
  const scalar = (value: number): string => node('Squeeze', [writer.integers([value])]);
  const whole = node('Cast', [ids], { to: elementType.int64 });
  const oneHot: string[] = [];
  const learned: string[] = [];
  categories.forEach((category, index) => {
    const own = node('Gather', [whole, scalar(index)], { axis: 2 });
    if (category.kind === 'one_hot')
      oneHot.push(
        node('OneHot', [own, scalar(category.categories), writer.floats([0, 1], [2])], { axis: -1 }),
      );
    else {
      const { vocabulary, size } = category.embedding;
      const table = writer.weights(`embeddings.${learned.length}.weight`, tables[learned.length]!, [
        vocabulary,
        size,
      ]);
      learned.push(node('Gather', [table, own], { axis: 0 }));
    }
  });
  return [...oneHot, ...learned];
}
