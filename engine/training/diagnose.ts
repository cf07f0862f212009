/** Looks inside a network while it trains, seldom enough to cost next to nothing. */
import { compile } from '../programs/compile.ts';
import { diagnosisProgram, observed } from '../programs/diagnosis-program.ts';
import { openSession } from '../runtime/session.ts';
import type { Diagnosis } from '../spec/epoch-metrics.ts';
import { outputSteps } from '../programs/output-steps.ts';
import type { LossSpecification } from '../spec/losses.ts';
import type { NetworkShape } from '../spec/network-shape.ts';
import { paddingMask, stepsOfBatch } from './padding.ts';
import type { WindowSource } from './window-source.ts';

/** Steps of the window whose norms are told, at most. */
const maxSteps = 32;

export interface Diagnostician {
  /** On the first windows of the part, `batchSize` of them. */
  diagnose(parameters: Float32Array): Promise<Diagnosis>;
  release(): Promise<void>;
}

export async function openDiagnostician(
  network: NetworkShape,
  loss: LossSpecification,
  source: WindowSource,
  batchSize: number,
  threads: number,
): Promise<Diagnostician> {
  const { inputSize: I, targetSteps: S, outputSize: O, weightsPerOutput: W } = source;
  const N = Math.min(batchSize, source.count);
  const windows = Uint32Array.from({ length: N }, (_, index) => index);
  const T = stepsOfBatch(source, windows);
  const x = { data: new Float32Array(T * N * I), dims: [T, N, I] };
  const y = { data: new Float32Array(S * N * O), dims: [S, N, O] };
  const weights = { data: new Float32Array(S * N * (W ?? 0)), dims: [S, N, W ?? 0] };
  source.read(windows, x.data, y.data, weights.data);
  const padding = paddingMask(source, windows, { batches: [], T, N });
  const steps = spread(T);
  const program = diagnosisProgram({ network, loss, lossSteps: outputSteps(source), weightsPerOutput: W });
  const session = await openSession(compile(program), { threads });
  return {
    async diagnose(parameters) {
      const results = await session.run({
        parameters: { data: parameters, dims: [parameters.length] },
        x,
        y,
        ...(W !== undefined && { weights }),
        ...padding,
      });
      /** Beyond float32's range, the largest number there is: the curves hold numbers alone. */
      const at = (name: string, index: number) => {
        const value = results[name]!.data[index]!;
        return Number.isFinite(value) ? value : Number.MAX_VALUE;
      };
      return {
        steps: [...steps],
        layers: observed(network).map(({ layer, direction }, way) => ({
          layer,
          direction,
          state_gradient_norms: steps.map((step) => at('state_gradient_norms', way * T + step)),
          activation_mean: at('activation_mean', way),
          activation_std: at('activation_std', way),
          saturated: at('saturated', way),
        })),
      };
    },
    release: () => session.release(),
  };
}

/** Steps from the first to the last, evenly apart. */
function spread(T: number): readonly number[] {
  const count = Math.min(T, maxSteps);
  return Array.from({ length: count }, (_, index) =>
    count === 1 ? T - 1 : Math.round((index * (T - 1)) / (count - 1)),
  );
}
