/** What the file of a network over rows, or over series of rows, was made of, from its card and weights. */
import { rowShape } from '../../../datasets/features/row.ts';
import { seriesInputs } from '../../../datasets/features/series-steps.ts';
import { targetScaling } from '../../../datasets/features/target-scaling.ts';
import { featureShape } from '../../../datasets/features/table.ts';
import type { FittedFeature } from '../../../domain/models/fitted-features.ts';
import type { ModelCard } from '../../../domain/models/model.ts';
import type { RowModelExport, RowOutputs } from '../../../engine/programs/export-row-model.ts';
import { networkShape } from '../../../engine/spec/network-shape.ts';
import { rowSizes } from '../../../engine/spec/row-inputs.ts';
import type { StoredWeights } from './read-weights.ts';

type RowTask = 'classification' | 'multilabel' | 'regression' | 'series_classification' | 'tagging';
/** Of models whose file is that of a network over rows. */
export type CardOverRows = Extract<ModelCard, { task: RowTask }>;

/** What the numbers of the head are, and how many. */
const outputsOf: {
  readonly [Task in RowTask]: (features: Extract<ModelCard, { task: Task }>['features']) => {
    readonly outputs: RowOutputs;
    readonly outputSize: number;
  };
} = {
  classification: ofLabels('classes'),
  multilabel: ofLabels('labels'),
  series_classification: ofLabels('classes'),
  tagging: ofLabels('classes'),
  regression: ({ targets }) => ({
    outputs: { kind: 'numbers', scaling: targetScaling(targets) },
    outputSize: targets.length,
  }),
};

function ofLabels(kind: 'classes' | 'labels') {
  return ({ labels }: { readonly labels: readonly unknown[] }) => ({
    outputs: { kind },
    outputSize: labels.length,
  });
}

export function rowExport({ parameters }: StoredWeights, card: CardOverRows): Omit<RowModelExport, 'trace'> {
  const fitted: readonly FittedFeature[] = card.features.inputs;
  const shapes = fitted.map(featureShape);
  const isOfSeries = card.task === 'series_classification' || card.task === 'tagging';
  const inputs = isOfSeries ? seriesInputs(shapes) : rowShape(shapes).inputs;
  const { architecture, model } = card.specification;
  const { outputs, outputSize } = (
    outputsOf[card.task] as (features: CardOverRows['features']) => ReturnType<(typeof outputsOf)[RowTask]>
  )(card.features);
  return {
    network: networkShape(architecture, model, { ...rowSizes(inputs), outputSize }),
    inputs,
    outputs,
    parameters,
    metadata: {},
  };
}
