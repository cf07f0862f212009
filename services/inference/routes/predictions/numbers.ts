/** The network's numbers → the targets of a row. */
import type { RegressionCard } from '../../../../domain/models/regression-card.ts';
import type { Results } from '../../sessions/messages.ts';
import { floats } from '../../sessions/outputs.ts';
import type { NumbersPrediction } from './schemas.ts';
import { shortestFloat32 } from './shortest-float32.ts';

/** @param results - `y` [N, targets]; @param row - which of its rows; @param input - which input of the request it answers */
export function presentNumbers(
  results: Results,
  row: number,
  input: number,
  { features: { targets } }: Pick<RegressionCard, 'features'>,
): NumbersPrediction {
  const { data } = floats(results, 'y');
  return {
    values: Object.fromEntries(
      targets.map(({ column }, k) => [column, shortestFloat32(data[row * targets.length + k]!, input)]),
    ),
  };
}
