/** What a network has written step by step → the vectors of a row. */
import type { CurveCard } from '../../../../domain/models/curve-card.ts';
import type { Results } from '../../sessions/messages.ts';
import { floats } from '../../sessions/outputs.ts';
import type { CurvePrediction } from './schemas.ts';
import { shortestFloat32 } from './shortest-float32.ts';

/** @param results - `y` [N, length, targets]; @param row - which of its rows; @param input - which input of the request it answers */
export function presentCurves(
  results: Results,
  row: number,
  input: number,
  { features: { targets } }: Pick<CurveCard, 'features'>,
): CurvePrediction {
  const { data } = floats(results, 'y');
  const O = targets.length;
  return {
    curves: Object.fromEntries(
      targets.map(({ column, length }, k) => [
        column,
        Array.from({ length }, (_, step) => shortestFloat32(data[(row * length + step) * O + k]!, input)),
      ]),
    ),
  };
}
