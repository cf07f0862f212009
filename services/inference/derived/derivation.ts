/** Files of a model version beside its own: made from its weights when they are first needed, on the thread that runs them. */
import type { ForecastCard } from '../../../domain/models/forecast-card.ts';
import type { ModelCard, ModelVersion } from '../../../domain/models/model.ts';
import { weightsKeyOf } from '../../../domain/models/version-files.ts';
import type { StoredModel } from '../sessions/session-pool.ts';
import type { CardOverRows } from './row-export.ts';

/** What is made, and the card that it is made by. Sent to the thread. */
export type Derivation =
  /** A network that is driven step by step (see exportSteps and exportRowSteps of the engine). */
  | { readonly kind: 'steps'; readonly card: ForecastCard | CardOverRows }
  /** The version's file, telling its states, gates and attention, too (see trace.ts of the engine). */
  | { readonly kind: 'trace'; readonly card: ModelCard };

export interface DerivedModel extends StoredModel {
  readonly derivation: Derivation;
  readonly weightsKey: string;
  readonly versionKey: string;
}

/** A file of the version as whoever runs models takes it: it has a key of its own, under which no object lies. */
export const derivedModel = (
  { storageKey, bytes, name, version }: Pick<ModelVersion, 'storageKey' | 'bytes' | 'name' | 'version'>,
  derivation: Derivation,
): DerivedModel => ({
  storageKey: `${storageKey}#${derivation.kind}`,
  weightsKey: weightsKeyOf(storageKey),
  versionKey: storageKey,
  bytes,
  name,
  version,
  derivation,
});
