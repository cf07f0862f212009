/**
 * Words to sounds: from the letters of a word its phonemes, as the CMU pronouncing dictionary has them (ARPAbet without stress). Of all different words some are
 * held out; one of them is right when one of its pronunciations is written. The published figure for a network of this size is that of g2p-seq2seq.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ingestCsv } from '../../datasets/formats/csv.ts';
import { prepareTransduction } from '../../datasets/transduction/prepare.ts';
import type { PreparedTransduction } from '../../datasets/transduction/contract.ts';
import { resolveSpecification } from '../../domain/training-jobs/resolve-specification.ts';
import { decoderOf, decodingPrograms } from '../../engine/decoding/decoder-sessions.ts';
import { judge } from '../../engine/decoding/judge.ts';
import { readIds } from '../../engine/decoding/read-rows.ts';
import { openSession } from '../../engine/runtime/session.ts';
import type { TransductionSpecification } from '../../engine/spec/tasks.ts';
import { rowSizes } from '../../engine/spec/row-inputs.ts';
import { writerShape } from '../../engine/spec/writer-shape.ts';
import { train } from '../../engine/training/train.ts';
import { trainableWriter } from '../../engine/training/trainable.ts';
import type { ReferenceProblem } from './problem.ts';
import { pronunciations } from './pronunciations.ts';

function specificationOf(options: Readonly<Record<string, string>>): TransductionSpecification {
  const number = (name: string) => Number(options[name]);
  const asked = {
    architecture: 'encoder_decoder',
    data: {
      inputs: [{ column: 'word', encoding: 'characters', max_length: 40 }],
      targets: [{ column: 'sounds', encoding: 'words', max_length: 40, embedding_size: 32 }],
      split: { validation: 0.02, test: 0.1 },
    },
    model: {
      cell: 'lstm',
      hidden_size: number('units'),
      layers: number('layers'),
      dropout: number('dropout'),
      bidirectional: options.both === 'yes',
      ...(options.attention !== 'none' && { attention: { score: options.attention } }),
    },
    output: { type: 'tokens', beam: number('beam') },
    training: {
      epochs: number('epochs'),
      batch_size: number('batch'),
      optimizer: { type: 'adam', learning_rate: number('learning-rate') },
      learning_rate_schedule: { type: 'cosine' },
      early_stopping: null,
      seed: number('seed'),
    },
  };
  return resolveSpecification(asked) as TransductionSpecification;
}

/** The dictionary as a table: one row for each pronunciation. */
function dictionaryCsv(stress: boolean): string {
  const rows = pronunciations({ stress }).map(
    ({ word, sounds }) => `"${word.replaceAll('"', '""')}","${sounds}"`,
  );
  return ['word,sounds', ...new Set(rows)].join('\n');
}

async function prepared(
  withStress: boolean,
  specification: TransductionSpecification,
): Promise<PreparedTransduction> {
  const folder = await mkdtemp(join(tmpdir(), 'unroll-words-'));
  try {
    const [sourcePath, tablePath] = [join(folder, 'dictionary.csv'), join(folder, 'dictionary.parquet')];
    await writeFile(sourcePath, dictionaryCsv(withStress));
    const ingested = await ingestCsv({
      sourcePath,
      tablePath,
      workDirectory: folder,
      onBadRows: 'reject',
    });
    if (ingested.status !== 'ready')
      throw new Error(`expected a table, got ${JSON.stringify(ingested.problems)}`);
    return await prepareTransduction({ tablePath, specification });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
/** Held-out words that progress is told of. */
const glance = 1000;

export const wordsToSounds: ReferenceProblem = {
  description: 'from the letters of a word its phonemes, of the CMU pronouncing dictionary',
  options: {
    seed: '1',
    units: '64',
    layers: '2',
    attention: 'dot',
    dropout: '0',
    both: 'no',
    stress: 'no',
    epochs: '20',
    batch: '256',
    'learning-rate': '0.006',
    beam: '8',
    threads: '1',
  },
  run: async (options, say) => {
    const specification = specificationOf(options);
    const { model, output, training, data } = specification;
    const { parts, inputs, writes, encoded, targets, testInputs, testTargets, scoreTest } = await prepared(
      options.stress === 'yes',
      specification,
    );
    const readTarget = (row: number) => targets.read(row).ids;
    say(
      `${parts.training.count} pronunciations are learnt, ${testInputs.length} words with ${testTargets.length} pronunciations are held out`,
    );
    const threads = Number(options.threads);
    const network = writerShape('encoder_decoder', model, { ...rowSizes(inputs), writes });
    const programs = decodingPrograms(network);
    const [start, step] = await Promise.all([
      openSession(programs.start, { threads }),
      openSession(programs.step, { threads }),
    ]);
    const judged = {
      writes,
      stepsOf: (row: number) => encoded.steps[row]!,
      readRows: (rows: readonly number[]) => readIds(rows.map((row) => encoded.read(row).sequence!)),
      readTarget,
      maxLength: data.targets[0]!.max_length,
    };
    let parameters: Float32Array = new Float32Array(0);
    const result = await train({
      trainable: trainableWriter({
        network,
        loss: { type: 'cross_entropy', label_smoothing: 0 },
        parts,
      }),
      training,
      threads,
      now: () => performance.now(),
      onBoundary: ({ vectors }) => (parameters = vectors.parameters!),
      onEpoch: async ({ epoch, loss, validation_loss: validation, elapsed_seconds: seconds }) => {
        const seen = testTargets.filter(({ input }) => input < glance);
        const { greedy } = await judge({
          ...judged,
          decoder: decoderOf(network, parameters, { start, step }),
          inputs: testInputs.slice(0, glance),
          targets: seen,
        });
        const right = greedy.filter(({ tokens }, index) =>
          seen.some(({ input, target }) => input === index && readTarget(target).join() === tokens.join()),
        );
        say(
          `epoch ${epoch}: loss ${loss.toFixed(4)}, validation ${validation.toFixed(4)}, word error ${percent(1 - right.length / greedy.length)} of ${greedy.length}, ${(seconds / 60).toFixed(1)} min`,
        );
      },
    });
    const { beam: width, length_penalty: lengthPenalty } = output;
    const judgement = await judge({
      ...judged,
      decoder: decoderOf(network, result.parameters, { start, step }),
      inputs: testInputs,
      targets: testTargets,
      beam: { width, lengthPenalty },
    });
    await Promise.all([start.release(), step.release()]);
    const { model: greedy, beam } = await scoreTest({
      ...judgement,
      beam: judgement.beam && { width, lengthPenalty, found: judgement.beam },
    });
    return `${result.parameterCount} parameters; word error ${percent(1 - greedy.exact_match)}, phoneme error ${percent(greedy.token_error_rate)}, perplexity ${greedy.perplexity.toFixed(3)}; with a beam of ${width} word error ${percent(1 - beam!.exact_match)}, phoneme error ${percent(beam!.token_error_rate)}, of ${testInputs.length} held-out words`;
  },
};
