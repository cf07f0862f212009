/** One request for predictions, from the reference to the answer: which version it is for, and the shadow beside it. */
import { UnrollError } from '../../domain/errors/unroll-error.ts';
import { chooseTarget, type ModelRoute } from '../../domain/models/model-alias.ts';
import type { ModelVersion } from '../../domain/models/model.ts';
import type { PredictionOutcome } from './inference-metrics.ts';
import type { InferenceParts } from './parts.ts';

/** A request for a model whose versions are all over their queues is not even read. Throws `overloaded`. */
export function refuseBeforeReading(
  { directory, execution }: Pick<InferenceParts, 'directory' | 'execution'>,
  reference: string,
  onRefused?: (route: ModelRoute) => void,
): void {
  const route = directory.recall(reference);
  if (!route?.targets.every(({ version }) => execution.isFull(version))) return;
  onRefused?.(route);
  throw new UnrollError('overloaded', 'As many inputs wait for this model as may');
}

/** The same, counted for the version whose turn it would have been. */
export function refusePredictionBeforeReading(
  parts: Pick<InferenceParts, 'directory' | 'execution' | 'metrics'>,
  reference: string,
): void {
  refuseBeforeReading(parts, reference, (route) =>
    parts.metrics.observe(chooseTarget(route, Math.random()), 'refused', performance.now()),
  );
}

/** Runs `work` on the version whose turn it is; the shadow gets the same, and nobody waits for it. */
export async function onTarget<Answer>(
  { metrics, execution }: InferenceParts,
  route: ModelRoute,
  work: (version: ModelVersion) => Promise<Answer>,
): Promise<Answer> {
  const startedAt = performance.now();
  const version = chooseTarget(route, Math.random());
  const { shadow } = route;
  // Feeds are given away and inputs are only read: both may have them. A shadow takes no room that requests need.
  if (shadow !== null && !execution.isFull(shadow))
    execution
      .holding(shadow, () => work(shadow))
      .then(
        () => metrics.observe(shadow, 'shadow', startedAt),
        () => metrics.observe(shadow, 'shadow_failed', startedAt),
      );
  try {
    const answer = await execution.holding(version, () => work(version));
    metrics.observe(version, 'answered', startedAt);
    return answer;
  } catch (error) {
    metrics.observe(version, outcomeOf(error), startedAt);
    throw error;
  }
}

function outcomeOf(error: unknown): PredictionOutcome {
  if (!(error instanceof UnrollError)) return 'failed';
  switch (error.code) {
    case 'overloaded':
      return 'refused';
    case 'deadline_exceeded':
      return 'late';
    case 'validation_failed':
    case 'invalid_request':
      return 'invalid';
    default:
      return 'failed';
  }
}
