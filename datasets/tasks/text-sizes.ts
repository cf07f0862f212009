/**
 * How long the texts of a table are, and how many different tokens they have. A specification may allow far more than there is (200 words of 10,000 different
 * ones, where a table has five of a dozen), and memory goes by what there is.
 */
import { isInput, type TextInput } from '../../engine/spec/inputs.ts';
import { isTextTarget, type TextTarget } from '../../engine/spec/targets.ts';
import type { TrainingSpecification } from '../../engine/spec/training-specification.ts';
import { withTable, type Table } from '../tables/table.ts';
import type { TextSizes } from './contract.ts';
import { tokenPatterns } from './token-patterns.ts';

type Text = Pick<TextInput | TextTarget, 'column' | 'encoding' | 'max_length' | 'vocabulary_size'>;

/** @param specification - one that can be trained on the table: its columns of text are some */
export async function textSizes(
  tablePath: string,
  { data }: Pick<TrainingSpecification, 'data'>,
): Promise<{ readonly read?: TextSizes; readonly written?: TextSizes }> {
  const read = data.inputs.find((input): input is TextInput => isInput(input, 'text'));
  const written = data.targets.find(isTextTarget);
  if (read === undefined && written === undefined) return {};
  return withTable(tablePath, async (table) => ({
    ...(read && { read: await sizesOf(table, read) }),
    ...(written && { written: await sizesOf(table, written) }),
  }));
}

/** At most what the specification allows. Subwords are found in training: of them there may be as many as characters, and all that are allowed. */
async function sizesOf(
  table: Table,
  { column, encoding, max_length: most, vocabulary_size: allowed }: Text,
): Promise<TextSizes> {
  const isOfSubwords = encoding === 'subwords';
  const { longest, different } = await table.tokenCounts(
    column,
    isOfSubwords ? null : tokenPatterns[encoding],
  );
  const isKnown = different !== null && !isOfSubwords;
  return {
    // a text without a token is a step
    steps: Math.max(1, Math.min(most, longest)),
    // an estimate: it is a little too low now and then
    tokens: isKnown ? Math.min(allowed, Math.ceil(different * 1.05) + 4) : allowed,
  };
}
