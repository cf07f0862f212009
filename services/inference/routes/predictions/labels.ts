/** The network's probabilities → labels. */
import type { ClassificationCard } from '../../../../domain/models/classification-card.ts';
import type { Value } from '../../../../engine/runtime/session.ts';
import type { LabelPrediction } from './schemas.ts';
import { shortestFloat32 } from './shortest-float32.ts';

/** @param row - which of the rows of `probabilities` [N, labels]; @param input - which input of the request it answers */
export function presentLabels(
  probabilities: Value,
  row: number,
  input: number,
  { features: { labels } }: Pick<ClassificationCard, 'features'>,
): LabelPrediction {
  const own = labels.map((label, index) => ({
    label,
    probability: shortestFloat32(probabilities.data[row * labels.length + index]!, input),
  }));
  const ordered = own.toSorted((a, b) => b.probability - a.probability);
  return { label: ordered[0]!.label, probability: ordered[0]!.probability, probabilities: ordered };
}
