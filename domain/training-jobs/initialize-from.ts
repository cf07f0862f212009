/** Fine-tuning: the first weights of a job are those of a model version, or of another job's checkpoint. */
import { Type, type Static } from 'typebox';
import type { TrainingSpecification } from '../../engine/spec/training-specification.ts';
import { findTask } from '../../engine/spec/tasks.ts';
import { UnrollError, type FieldError } from '../errors/unroll-error.ts';
import { parseModelReference } from '../models/parse-model-reference.ts';
import { weightsKeyOf } from '../models/version-files.ts';
import type { CheckpointRepository } from '../ports/checkpoint-repository.ts';
import type { ModelRepository } from '../ports/model-repository.ts';
import type { ObjectStorage } from '../ports/object-storage.ts';
import type { TrainingJobRepository } from '../ports/training-job-repository.ts';

export const InitializeFrom = Type.Union(
  [
    Type.Object(
      {
        model: Type.String({
          minLength: 1,
          description: 'A model’s name, or `name@3` for a certain version.',
        }),
      },
      { additionalProperties: false },
    ),
    Type.Object(
      {
        job: Type.String({ minLength: 1, description: 'A training job that has checkpoints.' }),
        checkpoint: Type.Optional(
          Type.String({
            minLength: 1,
            description: 'One of them; by default the one with the best weights.',
          }),
        ),
      },
      { additionalProperties: false },
    ),
  ],
  {
    description:
      'Where the first weights come from, instead of random ones; features are scaled as they were there. Everything that decides what weights mean has to be the same: cell, sizes, layers, inputs, targets, horizon. A checkpoint gives its best weights so far.',
  },
);
export type InitializeFrom = Static<typeof InitializeFrom>;

/** The exact version or checkpoint that was found when the job was made, and its file. */
export type FirstWeights = InitializeFrom & { readonly storageKey: string };

interface Ports {
  readonly models: Pick<ModelRepository, 'findVersion'>;
  readonly trainingJobs: Pick<TrainingJobRepository, 'find'>;
  readonly checkpoints: Pick<CheckpointRepository, 'list'>;
  readonly storage: Pick<ObjectStorage, 'stat'>;
}

/** Throws `validation_failed` when there is no such source, or when its weights would mean something else here. */
export async function findFirstWeights(
  ports: Ports,
  asked: InitializeFrom,
  specification: TrainingSpecification,
): Promise<FirstWeights> {
  const { source, name, first } =
    'model' in asked ? await findModel(ports, asked.model) : await findCheckpoint(ports, asked);
  const errors = differences(source, specification).map(({ field, expected, got }): FieldError => ({
    pointer: '/initialize_from',
    message: `expected ${field} ${expected} as in ${name}, got ${got}`,
  }));
  if (errors.length > 0) throw refused(`The weights of ${name} do not fit this job: see errors.`, errors);
  return first;
}

interface Found {
  readonly source: TrainingSpecification;
  /** In messages. */
  readonly name: string;
  readonly first: FirstWeights;
}

async function findModel({ models, storage }: Ports, asked: string): Promise<Found> {
  const version = await models.findVersion(referenceOf(asked));
  if (version === null) throw unknown('model', 'a model, or name@version', asked);
  const model = `${version.name}@${version.version}`;
  const storageKey = weightsKeyOf(version.storageKey);
  if ((await storage.stat(storageKey)) === null)
    throw unknown('model', 'a model whose weights were kept', `${model}, which was made before they were`);
  return {
    source: version.card.specification,
    name: `model ${model}`,
    first: { model, storageKey },
  };
}

/** What can't be the name of a model is not there. */
function referenceOf(asked: string): ReturnType<typeof parseModelReference> {
  try {
    return parseModelReference(asked);
  } catch (error) {
    if (error instanceof UnrollError) throw unknown('model', 'a model, or name@version', asked);
    throw error;
  }
}

async function findCheckpoint(
  { trainingJobs, checkpoints }: Ports,
  asked: Extract<InitializeFrom, { job: string }>,
): Promise<Found> {
  const job = await trainingJobs.find(asked.job);
  if (job === null) throw unknown('job', 'a training job', asked.job);
  const all = await checkpoints.list(job.id);
  const found =
    asked.checkpoint === undefined
      ? (all.find(({ isBest }) => isBest) ?? all[0])
      : all.find(({ id }) => id === asked.checkpoint);
  if (found === undefined)
    throw asked.checkpoint === undefined
      ? unknown('job', 'a training job that has checkpoints', asked.job)
      : unknown(
          'checkpoint',
          `one of the checkpoints of ${job.id} (${all.map(({ id }) => id).join(', ') || 'it has none'})`,
          asked.checkpoint,
        );
  const { id: checkpoint, storageKey } = found;
  return {
    source: job.specification,
    name: `checkpoint ${checkpoint} of ${job.id}`,
    first: { job: job.id, checkpoint, storageKey },
  };
}

const refused = (detail: string, errors: readonly FieldError[]): UnrollError =>
  new UnrollError('validation_failed', detail, { errors });

const unknown = (field: string, expected: string, got: string): UnrollError =>
  refused('There are no such weights to begin with.', [
    { pointer: `/initialize_from/${field}`, message: `expected ${expected}, got ${got}` },
  ]);

/** Fields of the model that say how it is trained, not what it is. */
const ofTrainingAlone: ReadonlySet<string> = new Set(['dropout', 'recurrent_dropout', 'initialization']);

/** What decides how many weights there are and what each of them means. */
function meaning(specification: TrainingSpecification): Record<string, unknown> {
  const { architecture, data, model, output } = specification;
  return {
    task: findTask(specification),
    architecture,
    ...Object.fromEntries(Object.entries(model).filter(([field]) => !ofTrainingAlone.has(field))),
    // what may be left out, and then holds
    pooling: model.pooling ?? 'last',
    feed_vector: model.feed_vector ?? false,
    decoder: { feed_context: false, feed_output: true, ...model.decoder },
    inputs: data.inputs,
    targets: data.targets,
    horizon: data.window?.horizon ?? null,
    scaling: data.scaling,
    output: headOf(output),
  };
}

/** Losses that have the same outputs may take each other's weights. */
function headOf(output: TrainingSpecification['output']): unknown {
  if (output.type !== 'regression') return { type: output.type };
  const { type, loss, quantiles } = output;
  const isPlain = loss === 'mse' || loss === 'mae' || loss === 'huber';
  return isPlain ? { type } : { type, loss, ...(loss === 'quantile' && { quantiles }) };
}

interface Difference {
  readonly field: string;
  readonly expected: string;
  readonly got: string;
}

function differences(source: TrainingSpecification, asked: TrainingSpecification): readonly Difference[] {
  const [there, here] = [meaning(source), meaning(asked)];
  return [...new Set([...Object.keys(there), ...Object.keys(here)])]
    .map((field) => ({ field, expected: textOf(there[field]), got: textOf(here[field]) }))
    .filter(({ expected, got }) => expected !== got);
}

const textOf = (value: unknown): string =>
  value === undefined ? 'none' : typeof value === 'string' ? value : JSON.stringify(sorted(value));

/** The same fields in another order are the same. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => [name, sorted(inner)]),
  );
}
