/**
 * Asks the model of all that is not done yet, by the code that answers requests, and writes what comes out in chunks: files with a line of JSON for each row of the
 * result. `row` counts the rows of the dataset, or horizon × series + step; cells stand under c0, c1, … in the order of the layout.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import {
  predictionLayout,
  type PredictionLayout,
} from '../../domain/batch-predictions/prediction-columns.ts';
import { beamSearch } from '../../engine/decoding/beam-search.ts';
import { fileDecoder } from '../../engine/decoding/file-decoder.ts';
import { greedy } from '../../engine/decoding/greedy.ts';
import { openSession, type Session } from '../../engine/runtime/session.ts';
import { openTable } from '../../datasets/tables/table.ts';
import type { ModelVersion } from '../../domain/models/model.ts';
import { predictEach, type Runs } from '../../services/inference/routes/predictions/predict.ts';
import type { PredictionAnswer } from '../../services/inference/routes/predictions/schemas.ts';
import { predictedRows, type PredictedRow } from './prediction-cells.ts';
import type { PredictOrder, WrittenChunk } from './protocol.ts';
import { countInputs, tableInputs, type TableInput } from './table-inputs.ts';

type Prediction = PredictionAnswer['predictions'][number];

/** Rows that a chunk has at most, however fast they come. */
const mostInputs = 200_000;

/** @param keep - takes a chunk over, before the next one is written */
export async function predictChunks(
  order: PredictOrder,
  keep: (chunk: WrittenChunk) => Promise<void>,
): Promise<void> {
  const { version, position: from } = order;
  const { card } = version;
  const layout = predictionLayout(card)!;
  const table = await openTable(order.tablePath, { spillDirectory: join(order.folder, 'spill') });
  const { runs, release } = await openRuns(order);
  try {
    const count = await countInputs(table, card, order.rowCount);
    let position = from;
    let chunk: { file: FileHandle; path: string; since: number; begin: number; refused: number } | null =
      null;
    const finish = async (): Promise<void> => {
      if (chunk === null) return;
      await chunk.file.close();
      const { path, refused } = chunk;
      chunk = null;
      await keep({ path, position, refused, progress: Math.min(1, position / count) });
    };
    for await (const inputs of tableInputs(table, card, from)) {
      if (chunk === null) {
        const path = join(order.folder, `chunk-${position}.ndjson`);
        chunk = { file: await open(path, 'w'), path, since: performance.now(), begin: position, refused: 0 };
      }
      const predictions = await predictEach(
        inputs.map(({ input }) => input),
        version,
        runs,
      );
      await chunk.file.appendFile(linesOf(inputs, predictions, position, layout, card));
      chunk.refused += predictions.filter((one) => 'error' in one).length;
      position += inputs.length;
      const isLate = performance.now() - chunk.since >= 1000 * order.everySeconds;
      if (isLate || position - chunk.begin >= mostInputs) await finish();
    }
    await finish();
    if (position !== count)
      throw new Error(`internal: expected ${count} inputs in the table, got ${position}`);
  } finally {
    await release();
    table.close();
  }
}

/** The model's files, opened once. */
async function openRuns(order: PredictOrder): Promise<{ runs: Runs; release: () => Promise<void> }> {
  const options = { threads: order.threads };
  const opened: Session[] = [];
  const openOne = async (path: string): Promise<Session> => {
    const session = await openSession(path, options);
    opened.push(session);
    return session;
  };
  const release = async (): Promise<void> => {
    for (const session of opened) await session.release();
  };
  const { decoding } = order;
  if (decoding === null) {
    const session = await openOne(order.modelPath);
    return {
      release,
      runs: {
        run: (feeds) => session.runTensors(feeds),
        search: () => Promise.reject(new Error('internal: a model without files to search with')),
      },
    };
  }
  const files = { reading: await openOne(decoding.reading), step: await openOne(decoding.step) };
  return {
    release,
    runs: {
      run: () => Promise.reject(new Error('internal: a model that is searched with')),
      search: async ({ stepInputs }, feeds, o) => {
        const decoder = fileDecoder({ ...files, stepInputs });
        if (o.width > 1) return beamSearch(decoder, o, feeds, o);
        return (await greedy(decoder, o, feeds, o.maxLength)).map((written) => [written]);
      },
    },
  };
}

function linesOf(
  inputs: readonly TableInput[],
  predictions: readonly Prediction[],
  position: number,
  layout: PredictionLayout,
  card: ModelVersion['card'],
): string {
  const orderBy = card.task === 'forecast' ? card.specification.data.order_by : undefined;
  const rowsOf = predictedRows[card.task] as (
    prediction: Prediction,
    orderBy: string | undefined,
  ) => readonly PredictedRow[];
  const lines: string[] = [];
  predictions.forEach((prediction, index) => {
    const first = position + index;
    /** Which row of the result an answer, or a step of it, is. */
    const placeOf = (step: number): number =>
      layout.by === 'series' ? first * layout.horizon + step : (inputs[index]!.places?.[step] ?? first);
    if ('error' in prediction) {
      const error = refusalOf(prediction.error.errors);
      const refused = layout.by === 'rows' ? (inputs[index]!.places ?? [first]) : [placeOf(0)];
      for (const row of refused) lines.push(JSON.stringify({ row, error }));
      return;
    }
    rowsOf(prediction, orderBy).forEach(({ order, cells }, step) => {
      const line: Record<string, unknown> = { row: placeOf(step) };
      if (layout.by === 'series' && layout.timed) Object.assign(line, { step: step + 1, order });
      layout.columns.forEach(({ name }, place) => {
        line[`c${place}`] = cells[name] ?? null;
      });
      lines.push(JSON.stringify(line));
    });
  });
  return `${lines.join('\n')}\n`;
}

/** `size: expected a number, got null`: without the place in a request that nobody sent. */
function refusalOf(errors: readonly { readonly pointer: string; readonly message: string }[]): string {
  const told = errors.map(({ pointer, message }) => {
    const place = pointer
      .replace(/^\/inputs\/\d+\/?(row\/)?/, '')
      .replaceAll('~1', '/')
      .replaceAll('~0', '~');
    return place === '' ? message : `${place}: ${message}`;
  });
  return told.join('; ');
}
