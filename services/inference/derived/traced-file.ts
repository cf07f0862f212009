/** The file of a version, telling its states, gates and attention, too: for each kind of task. */
import { rowShape } from '../../../datasets/features/row.ts';
import { featureShape } from '../../../datasets/features/table.ts';
import { targetIdCount, targetIds } from '../../../datasets/features/target-vocabulary.ts';
import { idCount } from '../../../datasets/features/vocabulary.ts';
import type { ModelCard } from '../../../domain/models/model.ts';
import { exportWholeWriter } from '../../../engine/programs/decoder/export-writer.ts';
import { exportLanguageModel } from '../../../engine/programs/export-language-model.ts';
import { exportModel } from '../../../engine/programs/export-model.ts';
import { exportRowModel } from '../../../engine/programs/export-row-model.ts';
import { networkShape } from '../../../engine/spec/network-shape.ts';
import { rowSizes } from '../../../engine/spec/row-inputs.ts';
import type { TaskKind } from '../../../engine/spec/tasks.ts';
import { writerShape } from '../../../engine/spec/writer-shape.ts';
import { forecastExport } from './forecast-export.ts';
import { NotDerivable } from './not-derivable.ts';
import type { StoredWeights } from './read-weights.ts';
import { rowExport, type CardOverRows } from './row-export.ts';

type CardOf<Kind extends TaskKind> = Extract<ModelCard, { task: Kind }>;

const makers: {
  readonly [Kind in TaskKind]: (weights: StoredWeights, card: CardOf<Kind>) => Uint8Array;
} = {
  forecast: (weights, card) => exportModel({ ...forecastExport(weights, card), trace: true }),
  classification: overRows,
  multilabel: overRows,
  regression: overRows,
  curve: ({ parameters }, { specification, features: { inputs: fitted, targets } }) => {
    const { inputs } = rowShape(fitted.map(featureShape));
    const writer = writerShape(specification.architecture, specification.model, {
      ...rowSizes(inputs),
      writes: { type: 'numbers', size: targets.length },
    });
    return exportWholeWriter({
      writer,
      parameters,
      maxSteps: targets[0]!.length,
      rows: inputs,
      outputScaling: { mean: targets.map(({ mean }) => mean), std: targets.map(({ std }) => std) },
      trace: true,
      metadata: {},
    });
  },
  series_classification: overRows,
  tagging: overRows,
  language_model: ({ parameters }, { specification, features }) => {
    const feature = features.inputs[0]!;
    const V = idCount(feature.vocabulary.length);
    if (feature.embedding_size === undefined) throw new NotDerivable('its embedding has no size on the card');
    const network = networkShape(specification.architecture, specification.model, {
      inputSize: 1,
      outputSize: V,
      embeddings: [{ vocabulary: V, size: feature.embedding_size }],
    });
    return exportLanguageModel({ network, parameters, trace: true, metadata: {} });
  },
  transduction: ({ parameters }, { specification, features: { inputs: fitted, target } }) => {
    const { inputs } = rowShape(fitted.map(featureShape));
    const [asked] = specification.data.targets;
    const writer = writerShape(specification.architecture, specification.model, {
      ...rowSizes(inputs),
      writes: {
        type: 'tokens',
        vocabulary: targetIdCount(target.vocabulary.length),
        embeddingSize: asked!.embedding_size,
        pad: targetIds.pad,
        start: targetIds.start,
        end: targetIds.end,
      },
    });
    const maxSteps = target.max_length + 1;
    return exportWholeWriter({ writer, parameters, maxSteps, rows: inputs, trace: true, metadata: {} });
  },
};

/** Throws NotDerivable. */
export const tracedFile = (weights: StoredWeights, card: ModelCard): Uint8Array =>
  (makers[card.task] as (weights: StoredWeights, card: ModelCard) => Uint8Array)(weights, card);

function overRows(weights: StoredWeights, card: CardOverRows): Uint8Array {
  return exportRowModel({ ...rowExport(weights, card), trace: true });
}
