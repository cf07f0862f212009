/** A version of a network over rows, or over series of rows, as the train worker would leave it, whose numbers mean nothing: quick to make. */
import type { FittedFeature } from '../../domain/models/fitted-features.ts';
import type { ModelCard, ModelVersion } from '../../domain/models/model.ts';
import { resolveSpecification } from '../../domain/training-jobs/resolve-specification.ts';
import { exportRowModel } from '../../engine/programs/export-row-model.ts';
import { parameterCountOf } from '../../engine/programs/parameter-count.ts';
import { rowExport, type CardOverRows } from '../../services/inference/derived/row-export.ts';
import type { HttpService } from './http-service.ts';
import { publishedVersion } from './published-version.ts';

interface Asked<Task extends CardOverRows['task']> {
  readonly datasetId: string;
  readonly name: string;
  readonly task: Task;
  readonly specification: object;
  readonly features: Extract<ModelCard, { task: Task }>['features'] & {
    readonly inputs: readonly FittedFeature[];
  };
}

export function trainedRowModel<Task extends CardOverRows['task']>(
  service: HttpService,
  { datasetId, name, task, features, ...asked }: Asked<Task>,
): Promise<ModelVersion> {
  const specification = resolveSpecification(asked.specification);
  const card = { task, specification, features } as unknown as CardOverRows;
  const made = { fitted: {}, parameters: new Float32Array() };
  const parameters = Float32Array.from(
    { length: parameterCountOf(rowExport(made, card).network) },
    (_, index) => 0.5 * Math.sin(index * index),
  );
  const weights = { ...made, parameters };
  return publishedVersion(service, {
    datasetId,
    name,
    specification,
    file: exportRowModel(rowExport(weights, card)),
    weights,
    card: { task, features, parts: {}, held_out: {} },
  });
}
