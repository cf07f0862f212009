/** A version of a network that writes curves from the numbers of a row (vector_to_sequence), as the train worker would leave it, whose numbers mean nothing: quick to make. */
import { rowShape } from '../../datasets/features/row.ts';
import { featureShape } from '../../datasets/features/table.ts';
import type { ModelVersion } from '../../domain/models/model.ts';
import { resolveSpecification } from '../../domain/training-jobs/resolve-specification.ts';
import { exportWholeWriter } from '../../engine/programs/decoder/export-writer.ts';
import { parameterCountOf } from '../../engine/programs/parameter-count.ts';
import { rowSizes } from '../../engine/spec/row-inputs.ts';
import { writerShape } from '../../engine/spec/writer-shape.ts';
import type { HttpService } from './http-service.ts';
import { publishedVersion } from './published-version.ts';

/** Reads the numbers a and b, and writes y and z, each of so many steps. */
export function trainedCurveModel(
  service: HttpService,
  { datasetId, name, model, length }: { datasetId: string; name: string; model: object; length: number },
): Promise<ModelVersion> {
  const columns = ['y', 'z'];
  const specification = resolveSpecification({
    architecture: 'vector_to_sequence',
    data: {
      inputs: [{ column: 'a' }, { column: 'b' }],
      targets: columns.map((column) => ({ column })),
    },
    model,
  });
  const features = {
    inputs: ['a', 'b'].map((column, index) => ({ column, mean: index, std: 2 })),
    targets: columns.map((column, index) => ({ column, length, mean: 3 * index, std: 2 })),
  };
  const { inputs } = rowShape(features.inputs.map(featureShape));
  const writer = writerShape('vector_to_sequence', specification.model, {
    ...rowSizes(inputs),
    writes: { type: 'numbers', size: columns.length },
  });
  const parameters = Float32Array.from(
    { length: parameterCountOf(writer) },
    (_, index) => 0.5 * Math.sin(index * index),
  );
  return publishedVersion(service, {
    datasetId,
    name,
    specification,
    file: exportWholeWriter({
      writer,
      parameters,
      maxSteps: length,
      rows: inputs,
      outputScaling: {
        mean: features.targets.map(({ mean }) => mean),
        std: features.targets.map(({ std }) => std),
      },
      metadata: {},
    }),
    weights: { parameters, fitted: {} },
    card: { task: 'curve', features, parts: {}, held_out: {} },
  });
}
