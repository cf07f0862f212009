/** From a CSV file to a card's scores by the product's own way: ingest, plan, prepare, train, score on the test part, without HTTP and database. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ingestCsv } from '../../datasets/formats/csv.ts';
import { planTask } from '../../datasets/tasks/plan-task.ts';
import { resolveSpecification } from '../../domain/training-jobs/resolve-specification.ts';
import { predict } from '../../engine/training/predict.ts';
import { train } from '../../engine/training/train.ts';
import { prepareTask } from '../../workers/train/prepare-task.ts';
import type { TaskCard } from '../../workers/train/prepared-task.ts';

export interface TrainedRows {
  readonly card: TaskCard;
  readonly bestEpoch: number;
  readonly bestValidationLoss: number;
  readonly parameterCount: number;
}

/** @param asked - a specification; @param print - of each epoch */
export async function trainRows(
  csv: string,
  asked: object,
  print: (line: string) => void,
): Promise<TrainedRows> {
  const directory = await mkdtemp(join(tmpdir(), 'unroll-reference-'));
  try {
    const [sourcePath, tablePath] = [join(directory, 'rows.csv'), join(directory, 'rows.parquet')];
    await writeFile(sourcePath, csv);
    const ingested = await ingestCsv({
      sourcePath,
      tablePath,
      workDirectory: directory,
      onBadRows: 'reject',
    });
    if (ingested.status !== 'ready')
      throw new Error(`expected a clean file, got ${JSON.stringify(ingested)}`);
    return await trainTable(
      { tablePath, columns: ingested.columns, rowCount: ingested.rowCount },
      asked,
      print,
    );
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The same of a stored table. */
export async function trainTable(
  table: Omit<Parameters<typeof planTask>[0], 'specification'>,
  asked: object,
  print: (line: string) => void,
): Promise<TrainedRows> {
  const specification = resolveSpecification(asked);
  const { errors } = await planTask({ ...table, specification });
  if (errors.length > 0) throw new Error(`expected a specification that fits, got ${JSON.stringify(errors)}`);
  const prepared = await prepareTask(table.tablePath, specification, dirname(table.tablePath));
  const { trainable } = prepared;
  const threads = 1;
  const result = await train({
    trainable,
    training: specification.training,
    initialization: specification.model.initialization,
    threads,
    now: () => performance.now(),
    onEpoch: ({ epoch, loss: training, validation_loss: validation, elapsed_seconds: seconds }) => {
      print(
        `epoch ${epoch}: loss ${training.toFixed(4)}, validation ${validation.toFixed(4)}, ${seconds.toFixed(0)} s`,
      );
    },
  });
  const { parameters } = result;
  const { card } = await prepared.conclude({
    parameters,
    lineage: {},
    threads,
    predict: (source) =>
      predict({ trainable, parameters, source, threads, batchSize: specification.training.batch_size }),
  });
  return { card, ...result };
}
