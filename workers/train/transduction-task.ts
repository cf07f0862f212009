/** Transduction: a row in; another text out, written symbol by symbol. */
import { rowFeeds } from '../../datasets/features/row-feeds.ts';
import type { TargetFeature } from '../../datasets/features/target-vocabulary.ts';
import type { FittedTransduction } from '../../datasets/transduction/contract.ts';
import { prepareTransduction } from '../../datasets/transduction/prepare.ts';
import { fileDecoder } from '../../engine/decoding/file-decoder.ts';
import { judge, type Judgement } from '../../engine/decoding/judge.ts';
import { keptOf } from '../../engine/programs/decoder/decoding-programs.ts';
import { exportWriter, type WriterFiles } from '../../engine/programs/decoder/export-writer.ts';
import { openSession } from '../../engine/runtime/session.ts';
import { rowSizes } from '../../engine/spec/row-inputs.ts';
import type { TransductionSpecification } from '../../engine/spec/tasks.ts';
import { writerShape } from '../../engine/spec/writer-shape.ts';
import { trainableWriter } from '../../engine/training/trainable.ts';
import { keepingIn } from './keeping.ts';
import type { PreparedTask } from './prepared-task.ts';
import { rowParts } from './row-parts.ts';
import { sha256 } from './sha256.ts';

export async function transductionTask(
  tablePath: string,
  specification: TransductionSpecification,
  fitted: unknown,
  workFolder: string,
): Promise<PreparedTask> {
  const prepared = await prepareTransduction({
    tablePath,
    specification,
    workFolder,
    keeping: keepingIn(workFolder),
    fitted: fitted as FittedTransduction | undefined,
  });
  const { parts, features, target, inputs, writes } = prepared;
  const { output, training } = specification;
  const network = writerShape(specification.architecture, specification.model, {
    ...rowSizes(inputs),
    writes,
  });
  const kept = keptOf(network);
  return {
    trainable: trainableWriter({
      network,
      loss: { type: 'cross_entropy', label_smoothing: output.label_smoothing },
      parts: { training: parts.training, validation: parts.validation },
      scheduledSampling: training.scheduled_sampling,
    }),
    fitted: { features, target } satisfies FittedTransduction,
    release: prepared.release,
    conclude: async ({ parameters, lineage, threads }) => {
      const files = exportWriter({
        writer: network,
        parameters,
        maxSteps: target.max_length + 1,
        rows: inputs,
        metadata: {
          ...lineage,
          'unroll.features': JSON.stringify({ inputs: features, target }),
        },
      });
      const { beam: width, length_penalty: lengthPenalty } = output;
      // by the files that will be served
      const judgement = await withFiles(files, kept, threads, (decoder) =>
        judge({
          decoder,
          writes,
          inputs: prepared.testInputs,
          stepsOf: (row) => prepared.encoded.steps[row]!,
          readRows: (rows) => rowFeeds(rows.map(prepared.encoded.read), inputs),
          maxLength: target.max_length,
          targets: prepared.testTargets,
          readTarget: (row) => prepared.targets.read(row).ids,
          ...(width > 1 && { beam: { width, lengthPenalty } }),
        }),
      );
      return {
        file: files.model,
        decodingFiles: { reading: files.read, step: files.step },
        card: {
          task: 'transduction',
          parts: {
            ...rowParts(parts),
            test_inputs: prepared.testInputs.length,
            truncated_targets: prepared.truncatedTargets,
          },
          features: { inputs: [...features], target: asOnCard(target) },
          held_out: await prepared.scoreTest({
            ...judgement,
            beam: judgement.beam && { width, lengthPenalty, found: judgement.beam },
          }),
          decoding: {
            reading: { bytes: files.read.length, sha256: hexadecimal(files.read) },
            step: { bytes: files.step.length, sha256: hexadecimal(files.step) },
            step_inputs: [...kept],
          },
        },
      };
    },
  };
}

const asOnCard = ({ vocabulary, merges, ...target }: TargetFeature) => ({
  ...target,
  vocabulary: [...vocabulary],
  ...(merges && { merges: merges.map((pair) => [...pair]) }),
});

const hexadecimal = (bytes: Uint8Array): string => Buffer.from(sha256([bytes])).toString('hex');

async function withFiles(
  files: WriterFiles,
  kept: readonly string[],
  threads: number,
  use: (decoder: ReturnType<typeof fileDecoder>) => Promise<Judgement>,
): Promise<Judgement> {
  const sessions = [await openSession(files.read, { threads }), await openSession(files.step, { threads })];
  try {
    const [reading, step] = sessions;
    return await use(fileDecoder({ reading: reading!, step: step!, stepInputs: kept }));
  } finally {
    for (const session of sessions) await session.release();
  }
}
