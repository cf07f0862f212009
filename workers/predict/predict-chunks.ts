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
import { openTable } from '../../datasets/tables/table.ts';
import type { ModelVersion } from '../../domain/models/model.ts';
import {
  predictEach,
  type PredictionOptions,
  type Runs,
} from '../../services/inference/routes/predictions/predict.ts';
import type { PredictionAnswer } from '../../services/inference/routes/predictions/schemas.ts';
import { servedDecoder } from '../../services/inference/routes/predictions/sequences.ts';
import type { SessionPlace } from '../../services/inference/sessions/messages.ts';
import { startSessionThread } from '../../services/inference/sessions/session-thread.ts';
import { predictedRows, type PredictedRow } from './prediction-cells.ts';
import type { PredictOrder, WrittenChunk } from './protocol.ts';
import { countInputs, tableInputs, type TableInput } from './table-inputs.ts';

type Prediction = PredictionAnswer['predictions'][number];

/** Rows that a chunk has at most, however fast they come. */
const mostInputs = 200_000;
/** Lots of inputs that are under way: while the model runs on one, the next is read and the last is written. */
const lotsAtOnce = 3;

interface Chunk {
  readonly file: FileHandle;
  readonly path: string;
  readonly since: number;
  readonly begin: number;
  refused: number;
}

/** @param keep - takes a chunk over, before the next one is written */
export async function predictChunks(
  order: PredictOrder,
  sessionThread: URL,
  keep: (chunk: WrittenChunk) => Promise<void>,
): Promise<void> {
  const { version, position: from } = order;
  const { card } = version;
  const layout = predictionLayout(card, order.generation);
  const table = await openTable(order.tablePath, { spillDirectory: join(order.folder, 'spill') });
  const { runs, close } = await openRuns(order, sessionThread);
  try {
    const count = await countInputs(table, card, order.rowCount);
    let position = from;
    let chunk: Chunk | null = null;
    const finish = async (): Promise<void> => {
      if (chunk === null) return;
      await chunk.file.close();
      const { path, refused } = chunk;
      chunk = null;
      await keep({ path, position, refused, progress: Math.min(1, position / count) });
    };
    let begun = from;
    const predicted = async (inputs: readonly TableInput[]) => {
      const options = optionsOf(order.generation, begun);
      begun += inputs.length;
      const asked = inputs.map(({ input }) => input);
      return { inputs, predictions: await predictEach(asked, version, runs, options) };
    };
    for await (const { inputs, predictions } of ahead(
      tableInputs(table, card, order.generation, from),
      predicted,
      lotsAtOnce,
    )) {
      if (chunk === null) {
        const path = join(order.folder, `chunk-${position}.ndjson`);
        chunk = { file: await open(path, 'w'), path, since: performance.now(), begin: position, refused: 0 };
      }
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
    await close();
    table.close();
  }
}

/** What each request would say. A row draws from the same seed wherever the job was broken off. */
function optionsOf(generation: PredictOrder['generation'], position: number): PredictionOptions {
  if (generation === null) return {};
  if ('beam' in generation) {
    const { length_penalty: penalty, ...search } = generation;
    return { ...search, ...(search.beam > 1 && { length_penalty: penalty }) };
  }
  const { seed, top_k: few, ...others } = generation;
  return { ...others, seed: (seed + position) % 2 ** 32, ...(few !== null && { top_k: few }) };
}

/** What comes of each item, in their order, while work on so many is under way. */
async function* ahead<Item, Result>(
  items: AsyncIterable<Item>,
  work: (item: Item) => Promise<Result>,
  most: number,
): AsyncIterable<Result> {
  const underWay: Promise<Result>[] = [];
  for await (const item of items) {
    const one = work(item);
    // It is told when its turn comes; until then it is nobody's.
    one.catch(() => undefined);
    underWay.push(one);
    if (underWay.length === most) yield await underWay.shift()!;
  }
  for (const one of underWay) yield await one;
}

/** The model's files, opened on threads of their own, each of which runs one lot at a time. */
async function openRuns(
  { version, modelPath, decoding, threads }: PredictOrder,
  sessionThread: URL,
): Promise<{ runs: Runs; close: () => Promise<void> }> {
  const { card, storageKey: key } = version;
  const idle = Array.from({ length: threads }, () =>
    startSessionThread(sessionThread, { intraOpThreads: 1 }, () => undefined),
  );
  const all = [...idle];
  const close = async (): Promise<void> => {
    await Promise.all(all.map((thread) => thread.close()));
  };
  const open = async (thread: SessionPlace): Promise<unknown> => {
    if (decoding === null || !('decoding' in card)) return thread.ask({ kind: 'load', key, path: modelPath });
    const { stepInputs } = servedDecoder(version, card);
    const paths = { readingPath: decoding.reading, stepPath: decoding.step };
    return thread.ask({ kind: 'load_decoder', key, ...paths, stepInputs });
  };
  try {
    await Promise.all(all.map(open));
  } catch (error) {
    await close();
    throw error;
  }
  const waiting: ((thread: SessionPlace) => void)[] = [];
  const onThread = async <Output>(work: (thread: SessionPlace) => Promise<{ output: Output }>) => {
    const thread = idle.pop() ?? (await new Promise<SessionPlace>((resolve) => waiting.push(resolve)));
    try {
      return (await work(thread)).output;
    } finally {
      const next = waiting.shift();
      if (next === undefined) idle.push(thread);
      else next(thread);
    }
  };
  return {
    close,
    runs: {
      run: (feeds) => onThread((thread) => thread.ask({ kind: 'run', key, feeds })),
      search: (_decoder, feeds, search) =>
        onThread((thread) => thread.ask({ kind: 'search', key, feeds, search })),
      sample: (prompts, sampling) =>
        onThread((thread) => thread.ask({ kind: 'sample', key, prompts, sampling })),
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

/** What a request has in `future`, as a dataset has it (see table-inputs.ts). */
const rowsToCome = 'rows at the end of the series whose targets are all missing';

/** `size: expected a number, got null`: without the place in a request that nobody sent. */
function refusalOf(errors: readonly { readonly pointer: string; readonly message: string }[]): string {
  const told = errors.map(({ pointer, message }) => {
    const place = pointer
      .replace(/^\/inputs\/\d+\/?(row\/)?/, '')
      .replaceAll('~1', '/')
      .replaceAll('~0', '~');
    if (place === '') return message;
    return `${place === 'future' ? rowsToCome : place}: ${message}`;
  });
  return told.join('; ');
}
