/** A look inside one prediction: the same input is run through the version's file that tells its states, gates and attention, too. */
import { UnrollError } from '../../../domain/errors/unroll-error.ts';
import type { ModelVersion } from '../../../domain/models/model.ts';
import { derivedModel } from '../derived/derivation.ts';
import type { Execution, RunOptions } from '../execution.ts';
import { firstStates, keepFeed, readPrompts, tokenFeed } from '../routes/predictions/generate.ts';
import { faultsOf } from '../routes/predictions/input-faults.ts';
import { predict, type Runs } from '../routes/predictions/predict.ts';
import { refuseAll } from '../routes/predictions/refuse.ts';
import type { TraceAnswer, TraceRequest } from '../routes/traces/schemas.ts';
import type { Feeds, Results } from '../sessions/messages.ts';
import { floats } from '../sessions/outputs.ts';
import { nextTokens } from '../streams/token-steps.ts';
import { presentTrace, tracedCount } from './present-trace.ts';

/** Numbers that an answer tells at most. */
export const mostNumbers = 200_000;
const candidates = 5;

type Card = ModelVersion['card'];

/** @param layers - that are told; all if null. Throws `validation_failed` as predictions do, and where more would be told than may. */
export async function trace(
  request: TraceRequest,
  version: ModelVersion,
  { layers, ...options }: RunOptions & { readonly layers: readonly number[] | null },
  execution: Pick<Execution, 'run' | 'search'>,
): Promise<TraceAnswer> {
  const { card } = version;
  checkLayers(layers, card);
  const model = derivedModel(version, { kind: 'trace', card });
  const runs: Results[] = [];
  const run = async (feeds: Feeds): Promise<Results> => {
    checkSize(feeds, card, layers, runs.length === 0);
    const results = await execution.run(model, feeds, options);
    runs.push(results);
    return results;
  };
  const search: Runs['search'] = (decoder, feeds, how) => execution.search(decoder, feeds, how, options);
  const said = await answer(request, version, { run, search: tracedSearch(run, search) });
  const traced = runs.at(-1);
  if (traced === undefined) throw new Error('internal: nothing was run');
  return {
    model: { id: version.modelId, name: version.name, version: version.version },
    ...said,
    ...presentTrace(traced, card, layers),
  };
}

async function answer(
  request: TraceRequest,
  version: ModelVersion,
  { run, search }: Runs,
): Promise<Pick<TraceAnswer, 'prediction' | 'next'>> {
  const { card } = version;
  if (card.task !== 'language_model') {
    const [prediction] = await predict(request, version, { run, search });
    return { prediction: prediction! };
  }
  const faults = faultsOf(request);
  const [generation] = readPrompts(request, card, faults);
  refuseAll(faults.flat());
  const feeds = { tokens: tokenFeed(generation!.ids), ...firstStates(card), ...keepFeed(card, false) };
  const results = await run(feeds);
  const logits = floats(results, 'logits');
  return { prediction: null, next: nextTokens(logits.data.subarray(-logits.dims[2]!), card, candidates) };
}

/**
 * The whole file writes the likeliest symbols by itself, and tells how; what it has written, also where it came to no end, is answered by the files that
 * predictions are made with.
 */
const tracedSearch =
  (run: (feeds: Feeds) => Promise<Results>, search: Runs['search']): Runs['search'] =>
  async (decoder, feeds, how) => {
    const own = Object.entries(feeds).map(([name, { data, dims }]) => [name, { data: data.slice(), dims }]);
    await run(Object.fromEntries(own) as Feeds);
    return search(decoder, feeds, how);
  };

const refuse = (pointer: string, message: string): never => {
  throw new UnrollError('validation_failed', `${pointer} ${message}`, { errors: [{ pointer, message }] });
};

function checkLayers(layers: readonly number[] | null, { specification: { model } }: Card): void {
  const most = Math.max(model.layers, model.decoder?.layers ?? 0);
  const other = layers?.find((layer) => layer >= most);
  if (other !== undefined) refuse('/layers', `expected layers from 0 to ${most - 1}, got ${other}`);
}

/** What would be told is known from the input: it is refused before anything is run. */
function checkSize(feeds: Feeds, card: Card, layers: readonly number[] | null, isFirst: boolean): void {
  const { dims } = feeds.x ?? feeds.sequence ?? feeds.tokens ?? { dims: [1, 1] };
  const rows = Object.values(feeds)[0]?.dims[0] ?? 1;
  if (!isFirst || rows !== 1)
    refuse('/inputs/0', 'expected an input that is read in one piece, got one that is cut into several');
  const steps = dims[1] ?? 1;
  const count = tracedCount(steps, card, layers);
  if (count > mostNumbers)
    refuse(
      '/inputs/0',
      `expected an input for which at most ${mostNumbers} numbers are told, got one of ${steps} steps, for which it is ${count}; ask for fewer layers (\`layers\`) or send a shorter one`,
    );
}
