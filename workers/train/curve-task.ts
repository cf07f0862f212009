/** Curves: a row in, vectors out, written step by step. */
import type { FittedCurves } from '../../datasets/curves/contract.ts';
import { prepareCurves } from '../../datasets/curves/prepare.ts';
import { exportWholeWriter } from '../../engine/programs/decoder/export-writer.ts';
import { regressionLoss } from '../../engine/spec/regression.ts';
import { rowSizes } from '../../engine/spec/row-inputs.ts';
import type { CurveSpecification } from '../../engine/spec/tasks.ts';
import { writerShape } from '../../engine/spec/writer-shape.ts';
import { sequenceExamples } from '../../engine/training/sequence-source.ts';
import { trainableWriter } from '../../engine/training/trainable.ts';
import { keepingIn } from './keeping.ts';
import type { PreparedTask } from './prepared-task.ts';
import { rowParts } from './row-parts.ts';

export async function curveTask(
  tablePath: string,
  specification: CurveSpecification,
  fitted: unknown,
  workFolder: string,
): Promise<PreparedTask> {
  const prepared = await prepareCurves({
    tablePath,
    specification,
    workFolder,
    keeping: keepingIn(workFolder),
    fitted: fitted as FittedCurves | undefined,
  });
  const { features, targets, inputs, parts, writes, length } = prepared;
  const about = { inputs: [...features], targets };
  const network = writerShape(specification.architecture, specification.model, {
    ...rowSizes(inputs),
    writes,
  });
  return {
    trainable: trainableWriter({
      network,
      loss: regressionLoss(specification.output),
      parts,
      scheduledSampling: specification.training.scheduled_sampling,
    }),
    fitted: { features, targets } satisfies FittedCurves,
    release: prepared.release,
    conclude: async ({ parameters, lineage, predict }) => ({
      file: exportWholeWriter({
        writer: network,
        parameters,
        maxSteps: length,
        rows: inputs,
        outputScaling: { mean: targets.map(({ mean }) => mean), std: targets.map(({ std }) => std) },
        metadata: { ...lineage, 'unroll.features': JSON.stringify(about) },
      }),
      card: {
        task: 'curve',
        parts: rowParts(parts, prepared.leftOut),
        features: about,
        held_out: await prepared.scoreTest(await predict(sequenceExamples(network, parts.test))),
      },
    }),
  };
}
