/** A task on a table, ready to be trained: what training, export and card need to know of it. */
import type { ModelCard } from '../../domain/models/model.ts';
import type { LossSpecification } from '../../engine/spec/losses.ts';
import type { NetworkShape } from '../../engine/spec/network-shape.ts';
import type { WindowSource } from '../../engine/training/window-source.ts';

/** The part of a card that belongs to one task. */
type OwnPart<Card> = Card extends ModelCard
  ? Omit<Card, 'specification' | 'dataset' | 'training' | 'file' | 'lineage'>
  : never;
export type TaskCard = OwnPart<ModelCard>;

export interface TrainedNetwork {
  readonly network: NetworkShape;
  readonly parameters: Float32Array;
  /** Goes into the file's metadata, beside what the task has to say. */
  readonly lineage: Readonly<Record<string, string>>;
  /** [count,P], as they come from the network. */
  readonly predict: (source: WindowSource) => Promise<Float32Array>;
}

export interface PreparedTask {
  readonly parts: {
    readonly training: WindowSource;
    readonly validation: WindowSource;
    readonly test: WindowSource;
  };
  readonly sizes: Pick<NetworkShape, 'inputSize' | 'outputSize' | 'embeddings' | 'padded'>;
  readonly loss: LossSpecification;
  /** What was fitted on the training part (JSON): without it the weights mean something else. */
  readonly fitted: object;
  /** After training: the bytes of the ONNX file, and what its card says of the task. */
  readonly conclude: (
    trained: TrainedNetwork,
  ) => Promise<{ readonly file: Uint8Array; readonly card: TaskCard }>;
}
