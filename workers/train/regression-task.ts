/** Regression: rows in, numbers out. */
import type { FittedRegression } from '../../datasets/regression/contract.ts';
import { targetScaling } from '../../datasets/features/target-scaling.ts';
import { prepareRegression } from '../../datasets/regression/prepare.ts';
import { regressionLoss } from '../../engine/spec/regression.ts';
import type { RegressionSpecification } from '../../engine/spec/tasks.ts';
import { keepingIn } from './keeping.ts';
import type { PreparedTask } from './prepared-task.ts';
import { readerTask } from './reader-task.ts';
import { rowParts } from './row-parts.ts';

export async function regressionTask(
  tablePath: string,
  specification: RegressionSpecification,
  fitted: unknown,
  workFolder: string,
): Promise<PreparedTask> {
  const { features, targets, inputs, parts, scoreTest, leftOut, release } = await prepareRegression({
    tablePath,
    specification,
    workFolder,
    keeping: keepingIn(workFolder),
    fitted: fitted as FittedRegression | undefined,
  });
  const about = { inputs: [...features], targets };
  return readerTask({
    specification,
    inputs,
    parts,
    loss: regressionLoss(specification.output),
    outputSize: targets.length,
    outputs: { kind: 'numbers', scaling: targetScaling(targets) },
    fitted: { features, targets } satisfies FittedRegression,
    features: about,
    release,
    card: (predictions) => ({
      task: 'regression',
      parts: rowParts(parts, leftOut),
      features: about,
      held_out: scoreTest(predictions),
    }),
  });
}
