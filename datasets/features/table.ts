/** All kinds of inputs, each in a file of its own. A new kind is one more line. */
import type { ColumnProfile } from '../../domain/datasets/dataset.ts';
import type { FittedFeature, FittedFeatures } from '../../domain/models/fitted-features.ts';
import type { DataSpecification } from '../../engine/spec/data.ts';
import { kindOf, type RowInput, type RowInputKind } from '../../engine/spec/inputs.ts';
import type { Value } from '../tables/cells.ts';
import { audioFeature } from './audio.ts';
import { categoriesFeature } from './categories.ts';
import type { ColumnValues, Encoded, Feature, FeatureShape, Fitting, ReadValue } from './feature.ts';
import { imageFeature } from './image.ts';
import { numbersFeature } from './numbers.ts';
import { textFeature } from './text.ts';
import { vectorFeature } from './vector.ts';

const features: { readonly [Kind in RowInputKind]: Feature<Kind> } = {
  numbers: numbersFeature,
  categories: categoriesFeature,
  text: textFeature,
  vector: vectorFeature,
  image: imageFeature,
  audio: audioFeature,
};

const kindsByEncoding: Record<Extract<FittedFeature, { encoding: unknown }>['encoding'], RowInputKind> = {
  one_hot: 'categories',
  embedding: 'categories',
  characters: 'text',
  words: 'text',
  subwords: 'text',
  sequence: 'vector',
  vector: 'vector',
};
function kindOfFitted(fitted: FittedFeature): RowInputKind {
  if ('audio' in fitted) return 'audio';
  if ('image' in fitted) return 'image';
  return 'encoding' in fitted ? kindsByEncoding[fitted.encoding] : 'numbers';
}

export const isTextFeature = (fitted: FittedFeature): fitted is FittedFeatures['text'] =>
  kindOfFitted(fitted) === 'text';

const featureOf = (kind: RowInputKind) => features[kind] as unknown as Feature<RowInputKind>;

export const checkFeature = (
  input: RowInput,
  column: ColumnProfile,
  data: Pick<DataSpecification, 'scaling' | 'missing'>,
): string | null => featureOf(kindOf(input) as RowInputKind).check(input, column, data);
export const planFeature = (
  input: RowInput,
  column: ColumnProfile,
  data: Pick<DataSpecification, 'missing'>,
): FeatureShape => featureOf(kindOf(input) as RowInputKind).plan(input, column, data);
/** @param values - of the training rows alone */
export const fitFeature = (
  input: RowInput,
  values: ColumnValues,
  data: Fitting,
): FittedFeature | Promise<FittedFeature> =>
  featureOf(kindOf(input) as RowInputKind).fit(values, input, data);
export const featureShape = (fitted: FittedFeature): FeatureShape =>
  featureOf(kindOfFitted(fitted)).shape(fitted);
export const featureEncoder = (fitted: FittedFeature): ((value: Value) => Encoded | Promise<Encoded>) =>
  featureOf(kindOfFitted(fitted)).encoder(fitted);
/** A value of the wire as a table would have it, or what was expected instead. @param asFile - whether files come as they are, and not in base64 */
export const readValue = (
  fitted: FittedFeature,
  value: unknown,
  asFile?: boolean,
): ReadValue | Promise<ReadValue> => featureOf(kindOfFitted(fitted)).read(value, fitted, asFile);
