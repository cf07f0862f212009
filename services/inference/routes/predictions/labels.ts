/** The network's probabilities → labels. */
import type { ClassificationCard } from '../../../../domain/models/classification-card.ts';
import type { MultilabelCard } from '../../../../domain/models/multilabel-card.ts';
import type { Results } from '../../sessions/messages.ts';
import { floats } from '../../sessions/outputs.ts';
import type { LabelPrediction, MultilabelPrediction } from './schemas.ts';
import { shortestFloat32 } from './shortest-float32.ts';

/** Of each label, the most probable first. @param results - `probabilities` [N, labels] */
function ordered<Label>(
  results: Results,
  row: number,
  input: number,
  labels: readonly Label[],
): { label: Label; probability: number }[] {
  const { data } = floats(results, 'probabilities');
  const own = labels.map((label, index) => ({
    label,
    probability: shortestFloat32(data[row * labels.length + index]!, input),
  }));
  return own.toSorted((a, b) => b.probability - a.probability);
}

/** @param row - which of the rows of the results; @param input - which input of the request it answers */
export function presentLabels(
  results: Results,
  row: number,
  input: number,
  { features }: Pick<ClassificationCard, 'features'>,
): LabelPrediction {
  const probabilities = ordered(results, row, input, features.labels);
  const { label, probability } = probabilities[0]!;
  return { label, probability, probabilities };
}

/** The labels that are more probable than not. */
export function presentMultilabel(
  results: Results,
  row: number,
  input: number,
  { features }: Pick<MultilabelCard, 'features'>,
): MultilabelPrediction {
  const probabilities = ordered(results, row, input, features.labels);
  return {
    labels: probabilities.filter(({ probability }) => probability >= 0.5).map(({ label }) => label),
    probabilities,
  };
}
