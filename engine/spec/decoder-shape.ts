/** Networks that write a sequence one step after the other, as the engine sees them. */
import type { RegressionLoss } from './losses.ts';
import type { Embedding, EncoderShape } from './network-shape.ts';

export type AttentionScore = 'additive' | 'dot' | 'scaled_dot';

/** A decoder that writes symbols: what it wrote last comes back as a learned vector. */
export interface TokenWriting {
  readonly type: 'tokens';
  /** V: ids from 0 to V − 1, those of start, end and padding included. */
  readonly vocabulary: number;
  /** E: numbers of the vector of a symbol. */
  readonly embeddingSize: number;
  /** Stands before the first symbol. */
  readonly start: number;
  /** Is written after the last symbol. */
  readonly end: number;
  /** Fills up what is shorter than others; never counts in a loss. */
  readonly pad: number;
}

/** A decoder that writes numbers: what it wrote last comes back as it is. The first step is given what to go on from. */
export interface NumberWriting {
  readonly type: 'numbers';
  /** O: numbers of a step. */
  readonly size: number;
  /** P: numbers that come out of a step where they are more than those that are written: of a distribution; O if absent. */
  readonly outputs?: number;
  /** What they mean: the one number that is written is the middle of the distribution. */
  readonly meaning?: RegressionLoss;
}

export interface DecoderShape extends Pick<
  EncoderShape,
  | 'cell'
  | 'activation'
  | 'peepholes'
  | 'layerNorm'
  | 'residual'
  | 'hiddenSize'
  | 'layers'
  | 'dropout'
  | 'recurrentDropout'
> {
  readonly writes: TokenWriting | NumberWriting;
  /** How the outputs of an encoder are looked at; not at all if absent. */
  readonly attention?: {
    readonly score: AttentionScore;
    /** A: of what is compared; only of additive attention, H if absent. */
    readonly size?: number;
    /** Whether what attention found goes into the next step (Luong et al. 2015, section 3.3); it does if absent. */
    readonly inputFeeding?: boolean;
  };
  /** Of an encoder_decoder: whether the encoder's last output state goes into every step (Cho et al. 2014, section 2.2); it does not if absent. */
  readonly feedContext?: boolean;
  /** Whether what was written last goes into the next step; it does if absent. If not, what is read does: feedContext or feedVector. */
  readonly feedOutput?: boolean;
}

/** A sequence is read, and another one is written. */
export interface EncoderDecoderShape {
  readonly architecture: 'encoder_decoder';
  readonly encoder: EncoderShape;
  readonly decoder: DecoderShape;
}

/** A vector becomes the first state, and a sequence is written. */
export interface VectorToSequenceShape {
  readonly architecture: 'vector_to_sequence';
  /** I: numbers of the vector, the ids of the embeddings included. */
  readonly vectorSize: number;
  /** The last numbers are ids, each looked up in a table of its own; none if absent. */
  readonly embeddings?: readonly Embedding[];
  /** Whether the vector also goes into every step. */
  readonly feedVector?: boolean;
  readonly decoder: DecoderShape;
}

export type WriterShape = EncoderDecoderShape | VectorToSequenceShape;

/** Whether what attention found goes into the next step. */
export const feedsInput = ({ attention }: DecoderShape): boolean =>
  attention !== undefined && (attention.inputFeeding ?? true);

/** Whether what is read goes into every step, and not only into the first states. */
export const feedsVector = (writer: WriterShape): boolean =>
  (writer.architecture === 'vector_to_sequence' ? writer.feedVector : writer.decoder.feedContext) === true;

/** Whether what was written last goes into the next step. */
export const feedsOutput = ({ feedOutput }: DecoderShape): boolean => feedOutput ?? true;

/** P: how many numbers come out of a step: a score of each symbol, or the numbers themselves. */
export const outputSize = ({ writes }: DecoderShape): number =>
  writes.type === 'tokens' ? writes.vocabulary : (writes.outputs ?? writes.size);

/** How many numbers say what a step has written: one id, or the numbers themselves. */
export const writtenSize = ({ writes }: DecoderShape): number => (writes.type === 'tokens' ? 1 : writes.size);
