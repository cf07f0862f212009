/** Looks inside a network while it trains, seldom enough to cost next to nothing. */
import { compile } from '../programs/compile.ts';
import { diagnosisProgram, stateGradientNorms } from '../programs/diagnosis-program.ts';
import { openSession } from '../runtime/session.ts';
import type { Diagnosis } from '../spec/epoch-metrics.ts';
import { onItsOwn } from './drawn-inputs.ts';
import { stepsOf } from './example-source.ts';
import type { Trainable } from './trainable.ts';

/** Steps whose norms are told, at most. */
const maxSteps = 32;

export interface Diagnostician {
  /** On the first examples of the part, `batchSize` of them. */
  diagnose(parameters: Float32Array): Promise<Diagnosis>;
  release(): Promise<void>;
}

export async function openDiagnostician(
  { problem, parts: { training: source } }: Pick<Trainable, 'problem' | 'parts'>,
  batchSize: number,
  threads: number,
): Promise<Diagnostician> {
  const N = Math.min(batchSize, source.count);
  const examples = Uint32Array.from({ length: N }, (_, index) => index);
  const steps = stepsOf(source, examples);
  const inputs = {
    ...source.read({ examples, N, steps, leading: [] }),
    ...onItsOwn(problem.drawn, { ...steps, N }),
  };
  const session = await openSession(compile(diagnosisProgram(problem)), { threads });
  return {
    async diagnose(parameters) {
      const results = await session.run({
        parameters: { data: parameters, dims: [parameters.length] },
        ...inputs,
      });
      /** Beyond float32's range, the largest number there is: the curves hold numbers alone. */
      const at = (name: string, index: number) => {
        const value = results[name]!.data[index]!;
        return Number.isFinite(value) ? value : Number.MAX_VALUE;
      };
      const told = { T: spread(steps.T), S: spread(steps.S) };
      return {
        steps: [...told.T],
        ...(problem.observed.some(({ part }) => part === 'decoder') && { decoder_steps: [...told.S] }),
        layers: problem.observed.map((layer, way) => ({
          ...layer,
          state_gradient_norms: told[layer.part === 'decoder' ? 'S' : 'T'].map((step) =>
            at(stateGradientNorms(way), step),
          ),
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
