/** Models from the domain to the wire. */
import type { Model, ModelVersion } from '../../../../domain/models/model.ts';
import { columnsOf } from '../../../../engine/spec/inputs.ts';
import type { ModelResource, ModelSummary, ModelVersionResource } from './schemas.ts';

export const presentModelSummary = (model: Model): ModelSummary => ({
  id: model.id,
  name: model.name,
  latest_version: model.latestVersion,
  created_at: model.createdAt.toISOString(),
  updated_at: model.updatedAt.toISOString(),
});

export function presentModelVersion(version: ModelVersion): ModelVersionResource {
  const { architecture, data, model } = version.card.specification;
  const { window } = data;
  return {
    id: version.modelId,
    name: version.name,
    version: version.version,
    job_id: version.jobId,
    dataset_id: version.datasetId,
    bytes: version.bytes,
    sha256: version.sha256,
    signature: {
      task: version.card.task,
      architecture,
      cell: model.cell,
      inputs: data.inputs.flatMap(columnsOf),
      targets: data.targets.map(({ column }) => column),
      order_by: data.order_by ?? null,
      group_by: data.group_by ?? null,
      window_length: window?.length ?? null,
      horizon: window?.horizon ?? null,
    },
    created_at: version.createdAt.toISOString(),
  };
}

export const presentModel = (model: Model, version: ModelVersion): ModelResource => ({
  ...presentModelVersion(version),
  latest_version: model.latestVersion,
  updated_at: model.updatedAt.toISOString(),
});
