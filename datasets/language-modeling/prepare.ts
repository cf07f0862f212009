/**
 * A stored table of texts as streams to train on: cut by place, the vocabulary fitted on the training part alone. Texts are read some at a time, and their ids are kept.
 *
 * The specification has passed `planTable`; an error thrown here means that it has not.
 */
import type { LanguageModelSpecification } from '../../engine/spec/tasks.ts';
import { fitCounted, idCount } from '../features/vocabulary.ts';
import { textsOf } from '../rows/column-values.ts';
import type { Preparing } from '../rows/contract.ts';
import { keepingBeside } from '../rows/kept-numbers.ts';
import { withTable, type Table } from '../tables/table.ts';
import { byPart, partNames } from '../windows/windows.ts';
import type { FittedText, PreparedLanguageModel } from './contract.ts';
import { scoreTokens } from './scores.ts';
import { streamWriter } from './stream-windows.ts';
import { countTokens, placesOf, streamEncoder, streamOf } from './text-stream.ts';

export async function prepareLanguageModel(
  o: Preparing<LanguageModelSpecification, Pick<PreparedLanguageModel, 'feature'>>,
): Promise<PreparedLanguageModel> {
  return withTable(o.tablePath, (table) => prepareTable(table, o));
}

async function prepareTable(
  table: Table,
  o: Parameters<typeof prepareLanguageModel>[0],
): Promise<PreparedLanguageModel> {
  const { data } = o.specification;
  const input = data.inputs[0]!;
  const eachToken = streamOf(() => textsOf(table, input.column), input);
  const places = placesOf(await eachToken(() => undefined), data.split);
  const [, trainingEnd] = places.training;
  const { vocabulary, merges } =
    o.fitted?.feature ?? (await fitCounted(await countTokens(eachToken, trainingEnd), input, o.workFolder));
  const feature: FittedText = {
    column: input.column,
    encoding: input.encoding,
    max_length: input.max_length,
    lowercase: input.lowercase,
    unicode_normalization: input.unicode_normalization,
    truncate: input.truncate,
    embedding_size: input.embedding_size,
    vocabulary,
    ...(merges && { merges }),
  };
  const encode = streamEncoder(feature);
  const writers = byPart((part) => streamWriter(input.max_length, keepingBeside(o.keeping, part)));
  await eachToken((token, place) => {
    const part = partNames.find((name) => place < places[name][1])!;
    for (const id of encode(token)) writers[part].write(id);
  });
  const streams = byPart((part) => writers[part].finish());
  for (const part of partNames)
    if (streams[part].length < 2) throw new Error(`internal: no ${part} token, though some were planned`);
  const V = idCount(vocabulary.length);
  return {
    parts: byPart((part) => streams[part].windows),
    sizes: {
      inputSize: 1,
      outputSize: V,
      embeddings: [{ vocabulary: V, size: input.embedding_size }],
    },
    tokens: byPart((part) => streams[part].length - 1),
    feature,
    scoreTest: ({ losses, chosen }) =>
      scoreTokens({
        training: streams.training,
        test: streams.test,
        V,
        losses,
        chosen,
        countsCharacters: input.encoding === 'characters',
      }),
    release: () => {
      for (const part of partNames) streams[part].release();
    },
  };
}
