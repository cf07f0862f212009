/** Regression: rows in, numbers out. */
import type { PreparedRegression } from '../../datasets/regression/contract.ts';
import { prepareRegression } from '../../datasets/regression/prepare.ts';
import { exportRowModel } from '../../engine/programs/export-row-model.ts';
import { regressionLoss } from '../../engine/spec/regression.ts';
import type { LossSpecification } from '../../engine/spec/losses.ts';
import { networkShape } from '../../engine/spec/network-shape.ts';
import { rowSizes } from '../../engine/spec/row-inputs.ts';
import type { RegressionSpecification } from '../../engine/spec/tasks.ts';
import { trainableWindows } from '../../engine/training/trainable.ts';
import { windowExamples } from '../../engine/training/window-examples.ts';
import type { PreparedTask } from './prepared-task.ts';
import { rowParts } from './row-parts.ts';

export async function regressionTask(
  tablePath: string,
  specification: RegressionSpecification,
  fitted: unknown,
  workFolder: string,
): Promise<PreparedTask> {
  const known = fitted as Pick<PreparedRegression, 'features' | 'targets'> | undefined;
  const prepared = await prepareRegression({
    tablePath,
    specification,
    workFolder,
    ...(known && { fitted: known }),
  });
  const { features, targets, inputs, parts } = prepared;
  const about = { inputs: [...features], targets };
  const network = networkShape(specification.architecture, specification.model, {
    ...rowSizes(inputs),
    outputSize: targets.length,
  });
  const loss: LossSpecification = regressionLoss(specification.output);
  return {
    trainable: trainableWindows({ network, loss, parts }),
    fitted: { features, targets },
    conclude: async ({ parameters, lineage, predict }) => ({
      file: exportRowModel({
        network,
        inputs,
        outputs: {
          kind: 'numbers',
          scaling: {
            mean: targets.map(({ mean }) => mean),
            std: targets.map(({ std }) => std),
            log: targets.map(({ log }) => log === true),
          },
        },
        parameters,
        metadata: { ...lineage, 'unroll.features': JSON.stringify(about) },
      }),
      card: {
        task: 'regression',
        parts: rowParts(parts),
        features: about,
        held_out: prepared.scoreTest(await predict(windowExamples(parts.test))),
      },
    }),
  };
}
