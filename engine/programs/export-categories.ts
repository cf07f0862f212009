/** Ids of categories in a model's file → one number for each category, or its learned vector. */
import { nodeOf, type ModelWriter } from '../graph/onnx/model-writer.ts';
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

/** What becomes of categories: one number for each of them, or vectors, [...,·] each. */
export interface EncodedCategories {
  readonly oneHot: readonly string[];
  readonly learned: readonly string[];
}

/**
 * @param ids - [...,categories], int64
 * @param tables - of all embeddings of the network, [V,D] each; those of the categories are the last of them
 * @returns names, in the order of the categories; networks take one-hot ones first
 */
export function encodeCategories(
  writer: ModelWriter,
  ids: string,
  categories: readonly CategoryInput[],
  tables: readonly Float32Array[],
): EncodedCategories {
  const node = nodeOf(writer);
  const scalar = (value: number): string => node('Squeeze', [writer.integers([value])]);
  let place = tables.length - categories.filter(({ kind }) => kind === 'embedding').length;
  const oneHot: string[] = [];
  const learned: string[] = [];
  categories.forEach((category, index) => {
    const own = node('Gather', [ids, scalar(index)], { axis: -1 });
    if (category.kind === 'one_hot')
      oneHot.push(
        node('OneHot', [own, scalar(category.categories), writer.floats([0, 1], [2])], { axis: -1 }),
      );
    else {
      const { vocabulary, size } = category.embedding;
      const table = writer.weights(`embeddings.${place}.weight`, tables[place]!, [vocabulary, size]);
      place += 1;
      learned.push(node('Gather', [table, own], { axis: 0 }));
    }
  });
  return { oneHot, learned };
}
