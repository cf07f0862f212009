/** The network's probabilities → labels. */
import type { ClassificationCard } from '../../../../domain/models/classification-card.ts';
import type { Value } from '../../../../engine/runtime/session.ts';
import type { LabelPrediction } from './schemas.ts';
import { shortestFloat32 } from './shortest-float32.ts';

/** `probabilities`: [N, labels]. The most probable label first. */
export function presentLabels(
  probabilities: Value,
  { features: { labels } }: Pick<ClassificationCard, 'features'>,
): LabelPrediction[] {
  const [N = 0] = probabilities.dims;
  return Array.from({ length: N }, (_, n) => {
    const own = labels.map((label, index) => ({
      label,
      probability: shortestFloat32(probabilities.data[n * labels.length + index]!, n),
    }));
    const ordered = own.toSorted((a, b) => b.probability - a.probability);
    return { label: ordered[0]!.label, probability: ordered[0]!.probability, probabilities: ordered };
  });
}
