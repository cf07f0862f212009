/** Files of a model version beside its own: made from its weights when they are first needed, on the thread that runs them. */
import type { ModelVersion } from '../../../domain/models/model.ts';
import { weightsKeyOf } from '../../../domain/models/version-files.ts';
import type { ForecastSpecification } from '../../../engine/spec/tasks.ts';
import type { StoredModel } from '../sessions/session-pool.ts';

/** What is made, and what of the card it takes. Sent to the thread. */
export interface Derivation {
  /** A forecast that is driven row by row (see exportSteps). */
  readonly kind: 'steps';
  readonly specification: ForecastSpecification;
}

export interface DerivedModel extends StoredModel, Pick<ModelVersion, 'name' | 'version'> {
  readonly derivation: Derivation;
  readonly weightsKey: string;
}

/** A file of the version as whoever runs models takes it: it has a key of its own, under which no object lies. */
export const derivedModel = (
  { storageKey, bytes, name, version }: ModelVersion,
  derivation: Derivation,
): DerivedModel => ({
  storageKey: `${storageKey}#${derivation.kind}`,
  weightsKey: weightsKeyOf(storageKey),
  bytes,
  name,
  version,
  derivation,
});
