/** Series with labels: rows of a series in, one label out, or one for each row. */
import type { FittedLabelledSeries } from '../../datasets/labelled-series/contract.ts';
import { prepareLabelledSeries } from '../../datasets/labelled-series/prepare.ts';
import { taskOf, type LabelledSeriesSpecification } from '../../engine/spec/tasks.ts';
import { keepingIn } from './keeping.ts';
import type { PreparedTask } from './prepared-task.ts';
import { readerTask } from './reader-task.ts';

export async function labelledSeriesTask(
  tablePath: string,
  specification: LabelledSeriesSpecification,
  fitted: unknown,
  workFolder: string,
): Promise<PreparedTask> {
  const { features, labels, inputs, parts, series, order, scoreTest, release } = await prepareLabelledSeries({
    tablePath,
    specification,
    workFolder,
    keeping: keepingIn(workFolder),
    fitted: fitted as FittedLabelledSeries | undefined,
  });
  const about = { inputs: [...features], labels: [...labels], order };
  return readerTask({
    specification,
    inputs,
    parts,
    loss: { type: 'cross_entropy', label_smoothing: specification.output.label_smoothing },
    outputSize: labels.length,
    outputs: { kind: 'classes' },
    fitted: { features, labels } satisfies FittedLabelledSeries,
    features: about,
    release,
    card: (logits) => ({
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
      held_out: scoreTest(logits),
    }),
  });
}
