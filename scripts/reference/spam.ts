/**
 * Spam or not, of SpamAssassin's public corpus (6,046 mails): subject and text without the headers that would give them away, beside a bag of words. 70 % of each
 * label are for training, 15 % choose the best epoch, 15 % are scored.
 */
import { labelledMails, mailsCsv } from '../../test/e2e/mails.ts';
import type { ReferenceProblem } from './problem.ts';
import { trainRows } from './train-rows.ts';

export const spam: ReferenceProblem = {
  description: 'label of a mail from its words: share of held-out mails that is right',
  options: {
    cell: 'gru',
    hidden: '64',
    embedding: '64',
    length: '300',
    rate: '0.002',
    epochs: '12',
    dropout: '0.2',
    pooling: 'max',
    decay: '0',
    seed: '1',
  },
  run: async (options, print) => {
    const { card, bestEpoch, bestValidationLoss } = await trainRows(
      mailsCsv(labelledMails()),
      {
        architecture: 'sequence_to_vector',
        data: {
          inputs: [
            {
              column: 'message',
              encoding: 'words',
              lowercase: true,
              max_length: Number(options.length),
              vocabulary_size: 20_000,
              embedding_size: Number(options.embedding),
            },
          ],
          targets: [{ column: 'label' }],
        },
        model: {
          cell: options.cell,
          hidden_size: Number(options.hidden),
          bidirectional: true,
          recurrent_dropout: Number(options.dropout),
          pooling: options.pooling,
        },
        output: { type: 'classification' },
        training: {
          epochs: Number(options.epochs),
          early_stopping: { patience: 4 },
          optimizer: {
            type: 'adamw',
            learning_rate: Number(options.rate),
            weight_decay: Number(options.decay),
          },
          learning_rate_schedule: { type: 'cosine' },
          seed: Number(options.seed),
        },
      },
      print,
    );
    if (card.task !== 'classification') throw new Error(`internal: a card of ${card.task}`);
    const { model, baselines } = card.held_out;
    const percent = (share: number | undefined): string => `${(100 * (share ?? 0)).toFixed(2)} %`;
    return `${percent(model.accuracy)} of ${card.parts.test_rows} held-out mails right, AUC ${model.auc?.toFixed(4) ?? '–'} (bag of words ${percent(baselines.bag_of_words?.accuracy)}, majority ${percent(baselines.majority_class.accuracy)}); best epoch ${bestEpoch}, validation ${bestValidationLoss.toFixed(4)}`;
  },
};
