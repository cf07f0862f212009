/**
 * A stored table of texts as streams to train on: cut by place, the vocabulary fitted on the training part alone.
 *
 * The specification has passed `planTable`; an error thrown here means that it has not.
 */
import type { LanguageModelSpecification } from '../../engine/spec/tasks.ts';
import { fitTokens, idCount } from '../features/vocabulary.ts';
import { withTable } from '../tables/table.ts';
import { partNames } from '../windows/windows.ts';
import type { FittedText, PreparedLanguageModel } from './contract.ts';
import { scoreTokens } from './scores.ts';
import { streamWindows } from './stream-windows.ts';
import { idsOf, placesOf, streamOf, withoutBoundaries } from './text-stream.ts';

async function readTexts(tablePath: string, column: string): Promise<readonly string[]> {
  return withTable(tablePath, async (table) => {
    const [texts] = await table.readCells([column]);
    // an empty text in a file is no text
    return texts!.map((text) => (text === null ? '' : String(text)));
  });
}

export async function prepareLanguageModel(o: {
  tablePath: string;
  specification: LanguageModelSpecification;
  /** Of another training, instead of a vocabulary taken from this table. */
  fitted?: Pick<PreparedLanguageModel, 'feature'>;
  /** For files that are not needed afterwards. */
  workFolder?: string;
}): Promise<PreparedLanguageModel> {
  const { data } = o.specification;
  const input = data.inputs[0]!;
  const stream = streamOf(await readTexts(o.tablePath, input.column), input);
  const places = placesOf(stream.length, data.split);
  const { vocabulary, merges } =
    o.fitted?.feature ??
    (await fitTokens([withoutBoundaries(stream.slice(...places.training))], input, o.workFolder));
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
  const ids = {
    training: idsOf(stream.slice(...places.training), feature),
    validation: idsOf(stream.slice(...places.validation), feature),
    test: idsOf(stream.slice(...places.test), feature),
  };
  for (const part of partNames)
    if (ids[part].length < 2) throw new Error(`internal: no ${part} token, though some were planned`);
  const V = idCount(vocabulary.length);
  return {
    parts: {
      training: streamWindows(ids.training, input.max_length),
      validation: streamWindows(ids.validation, input.max_length),
      test: streamWindows(ids.test, input.max_length),
    },
    sizes: {
      inputSize: 1,
      outputSize: V,
      embeddings: [{ vocabulary: V, size: input.embedding_size }],
    },
    tokens: {
      training: ids.training.length - 1,
      validation: ids.validation.length - 1,
      test: ids.test.length - 1,
    },
    feature,
    scoreTest: ({ losses, chosen }) =>
      scoreTokens({
        training: ids.training,
        test: ids.test,
        V,
        losses,
        chosen,
        countsCharacters: input.encoding === 'characters',
      }),
  };
}
