/** Language models: texts in, what comes next out. */
import type { FittedText, PreparedLanguageModel } from '../../datasets/language-modeling/contract.ts';
import { prepareLanguageModel } from '../../datasets/language-modeling/prepare.ts';
import { exportLanguageModel } from '../../engine/programs/export-language-model.ts';
import { networkShape } from '../../engine/spec/network-shape.ts';
import type { LanguageModelSpecification } from '../../engine/spec/tasks.ts';
import { scoreSteps } from '../../engine/training/score-steps.ts';
import { trainableWindows } from '../../engine/training/trainable.ts';
import { keepingIn } from './keeping.ts';
import type { PreparedTask } from './prepared-task.ts';

export async function languageModelTask(
  tablePath: string,
  specification: LanguageModelSpecification,
  fitted: unknown,
  workFolder: string,
): Promise<PreparedTask> {
  const known = fitted as Pick<PreparedLanguageModel, 'feature'> | undefined;
  const prepared = await prepareLanguageModel({
    tablePath,
    specification,
    workFolder,
    keeping: keepingIn(workFolder),
    fitted: known,
  });
  const { feature, parts, tokens } = prepared;
  const { architecture, model, output, training } = specification;
  const network = networkShape(architecture, model, prepared.sizes);
  const { stateful, tbptt_steps: tbpttSteps, batch_size: batchSize } = training;
  return {
    trainable: trainableWindows({
      network,
      loss: { type: 'cross_entropy', label_smoothing: output.label_smoothing },
      parts: { training: parts.training, validation: parts.validation },
      carrying: { stateful, tbpttSteps },
    }),
    fitted: { feature },
    release: prepared.release,
    conclude: async ({ parameters, lineage, threads }) => ({
      file: exportLanguageModel({
        network,
        parameters,
        metadata: { ...lineage, 'unroll.features': JSON.stringify({ inputs: [feature] }) },
      }),
      card: {
        task: 'language_model',
        parts: {
          training_tokens: tokens.training,
          validation_tokens: tokens.validation,
          test_tokens: tokens.test,
        },
        features: { inputs: [asOnCard(feature)] },
        held_out: prepared.scoreTest(
          await scoreSteps({ network, parameters, source: parts.test, threads, rows: batchSize, stateful }),
        ),
      },
    }),
  };
}

const asOnCard = ({ vocabulary, merges, ...feature }: FittedText) => ({
  ...feature,
  vocabulary: [...vocabulary],
  ...(merges && { merges: merges.map((pair) => [...pair]) }),
});
