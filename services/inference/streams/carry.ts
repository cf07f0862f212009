/** What the network remembers, as the file of its steps takes and gives it. */
import type { ModelVersion } from '../../../domain/models/model.ts';
import type { Value } from '../../../engine/runtime/session.ts';
import { firstStates, keepFeed, ownCopy } from '../routes/predictions/generate.ts';
import type { Feeds, Results } from '../sessions/messages.ts';
import { floats } from '../sessions/outputs.ts';
import type { StreamState } from './stream-state.ts';

/** The states to go on from, and where initial states are learned whether they go on. Feeds are given away, and a step may be done again: they are copies. */
export function carriedFeeds(
  card: { readonly specification: Pick<ModelVersion['card']['specification'], 'model'> },
  { tensors }: Pick<StreamState, 'tensors'>,
): Feeds {
  const goesOn = Object.keys(tensors).length > 0;
  const states = Object.entries(goesOn ? tensors : firstStates(card));
  return {
    ...Object.fromEntries(states.map(([name, value]) => [name, ownCopy(value)])),
    ...keepFeed(card, goesOn),
  };
}

const prefix = 'next_';

/** The states after the last step. */
export const nextStates = (results: Results): Readonly<Record<string, Value>> =>
  Object.fromEntries(
    Object.keys(results)
      .filter((name) => name.startsWith(prefix))
      .map((name) => [name.slice(prefix.length), ownCopy(floats(results, name))]),
  );

/** Without the states. */
export const answersOf = (results: Results): Results =>
  Object.fromEntries(Object.entries(results).filter(([name]) => !name.startsWith(prefix)));
