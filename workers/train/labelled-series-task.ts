/** Series with labels: rows of a series in, one label out, or one for each row. */
import { UnknownLabelError } from '../../datasets/classification/prepare.ts';
import type { FittedLabelledSeries } from '../../datasets/labelled-series/contract.ts';
import { prepareLabelledSeries } from '../../datasets/labelled-series/prepare.ts';
import { exportRowModel } from '../../engine/programs/export-row-model.ts';
import { networkShape } from '../../engine/spec/network-shape.ts';
import { rowSizes } from '../../engine/spec/row-inputs.ts';
import { taskOf, type LabelledSeriesSpecification } from '../../engine/spec/tasks.ts';
import { trainableWindows } from '../../engine/training/trainable.ts';
import { windowExamples } from '../../engine/training/window-examples.ts';
import { FirstWeightsError } from './job-errors.ts';
import type { PreparedTask } from './prepared-task.ts';

export async function labelledSeriesTask(
  tablePath: string,
  specification: LabelledSeriesSpecification,
  fitted: unknown,
): Promise<PreparedTask> {
  const known = fitted as FittedLabelledSeries | undefined;
  const prepared = await prepareLabelledSeries({
    tablePath,
    specification,
    ...(known && { fitted: known }),
  }).catch((error: unknown) => {
    throw error instanceof UnknownLabelError ? new FirstWeightsError(error.message) : error;
  });
  const { features, labels, inputs, parts, series, order } = prepared;
  const about = { inputs: [...features], labels: [...labels], order };
  const network = networkShape(specification.architecture, specification.model, {
    ...rowSizes(inputs),
    outputSize: labels.length,
  });
  return {
    trainable: trainableWindows({
      network,
      loss: { type: 'cross_entropy', label_smoothing: specification.output.label_smoothing },
      parts,
    }),
    fitted: { features, labels } satisfies FittedLabelledSeries,
    conclude: async ({ parameters, lineage, predict }) => ({
      file: exportRowModel({
        network,
        inputs,
        outputs: { kind: 'classes' },
        parameters,
        metadata: { ...lineage, 'unroll.features': JSON.stringify(about) },
      }),
      card: {
        task: taskOf(specification) as 'series_classification' | 'tagging',
        parts: {
          training_series: series.training,
          validation_series: series.validation,
          test_series: series.test,
          training_examples: parts.training.count,
          validation_examples: parts.validation.count,
          test_examples: parts.test.count,
        },
        features: about,
        held_out: prepared.scoreTest(await predict(windowExamples(parts.test))),
      },
    }),
  };
}
