/** Trains a network that writes symbols on pairs in memory, as all problems here do: AdamW, a cosine, clipping by norm. */
import type { TokenWriting, WriterShape } from '../../engine/spec/decoder-shape.ts';
import { sequencePairs, type SequencePair } from '../../engine/training/sequence-pairs.ts';
import { train } from '../../engine/training/train.ts';
import { trainableWriter } from '../../engine/training/trainable.ts';

export interface PairTraining {
  readonly network: WriterShape;
  readonly writing: TokenWriting;
  readonly learnt: readonly SequencePair[];
  readonly held: readonly SequencePair[];
  readonly epochs: number;
  readonly batch: number;
  readonly learningRate: number;
  /** 0 if absent. */
  readonly weightDecay?: number;
  readonly seed: number;
  readonly threads: number;
  /** Of each epoch: the mean loss, and the parameters at its end. */
  readonly observe: (epoch: number, loss: number, parameters: Float32Array) => Promise<void>;
}

export async function trainOnPairs(o: PairTraining): Promise<void> {
  const reads = o.network.architecture === 'encoder_decoder' ? 'ids' : 'vector';
  let parameters: Float32Array = new Float32Array(0);
  await train({
    trainable: trainableWriter({
      network: o.network,
      loss: { type: 'cross_entropy', label_smoothing: 0 },
      parts: {
        training: sequencePairs(o.writing, reads, o.learnt),
        validation: sequencePairs(o.writing, reads, o.held),
      },
    }),
    training: {
      epochs: o.epochs,
      batch_size: o.batch,
      accumulate: 1,
      optimizer: {
        type: 'adamw',
        learning_rate: o.learningRate,
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-8,
        weight_decay: o.weightDecay ?? 0,
      },
      learning_rate_schedule: { type: 'cosine', final_factor: 0 },
      warmup_steps: 0,
      clip_norm: 1,
      clip_value: null,
      early_stopping: null,
      stateful: false,
      seed: o.seed,
    },
    threads: o.threads,
    now: () => performance.now(),
    onBoundary: ({ vectors }) => (parameters = vectors.parameters!),
    onEpoch: ({ epoch, loss }) => o.observe(epoch, loss, parameters),
  });
}
