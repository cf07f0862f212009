/** A task on a table, ready to be trained: what training, export and card need to know of it. */
import type { ModelCard } from '../../domain/models/model.ts';
import type { DecodingFile } from '../../domain/models/version-files.ts';
import type { ExampleSource } from '../../engine/training/example-source.ts';
import type { Problem } from '../../engine/programs/optimization-program.ts';
import type { Trainable } from '../../engine/training/trainable.ts';

/** The part of a card that belongs to one task. */
type OwnPart<Card> = Card extends ModelCard
  ? Omit<Card, 'specification' | 'dataset' | 'training' | 'file' | 'lineage'>
  : never;
export type TaskCard = OwnPart<ModelCard>;

export interface TrainedNetwork {
  readonly parameters: Float32Array;
  /** Goes into the file's metadata, beside what the task has to say. */
  readonly lineage: Readonly<Record<string, string>>;
  /** [count,S,P], or at `places` [places,P], as they come from the network (see `predict` of the engine); `evaluation` of the trainable unless another is given. */
  readonly predict: (
    source: ExampleSource,
    o?: { readonly places?: Uint32Array; readonly evaluation?: Problem },
  ) => Promise<Float32Array>;
  /** That may compute. */
  readonly threads: number;
}

export interface Concluded {
  readonly file: Uint8Array;
  /** Of networks that write sequences: two more files, with which beams are searched. */
  readonly decodingFiles?: Readonly<Record<DecodingFile, Uint8Array>>;
  readonly card: TaskCard;
  /** What the file has beside weights and fitted features (JSON), for those who make others from the same weights. */
  readonly exported?: object;
}

export interface PreparedTask {
  /** A network, of either kind, with its loss and what it learns from. */
  readonly trainable: Trainable;
  /** What was fitted on the training part (JSON): without it the weights mean something else. */
  readonly fitted: object;
  /** Gives back what its windows take, once they are not read any more. */
  readonly release?: () => void;
  /** After training: the bytes of the ONNX file, and what its card says of the task. */
  readonly conclude: (trained: TrainedNetwork) => Promise<Concluded>;
}
