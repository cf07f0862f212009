/** The bytes of a derived file, from the weights as training has written them. Runs where sessions are. */
import { exportRowSteps } from '../../../engine/programs/export-row-steps.ts';
import { exportSteps } from '../../../engine/programs/export-steps.ts';
import { forecastExport } from './forecast-export.ts';
import type { Derivation } from './derivation.ts';
import { readWeights } from './read-weights.ts';
import { rowExport } from './row-export.ts';
import { tracedFile } from './traced-file.ts';

/** @param path - of the version's weights. Throws NotDerivable, and CheckpointError for damaged ones. */
export async function deriveFile(path: string, derivation: Derivation): Promise<Uint8Array> {
  const weights = await readWeights(path);
  if (derivation.kind === 'trace') return tracedFile(weights, derivation.card);
  const { card } = derivation;
  if (card.task !== 'forecast') return exportRowSteps(rowExport(weights, card));
  const options = forecastExport(weights, card);
  const { network } = options;
  if (network.architecture === 'encoder_decoder')
    throw new Error('internal: expected a network that answers at every step, got one that writes');
  return exportSteps({ ...options, network });
}
