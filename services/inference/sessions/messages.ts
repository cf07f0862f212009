/** What the main thread and a session thread say to each other. */
import type { Written } from '../../../engine/decoding/greedy.ts';
import type { Prompt, TextSampling } from '../../../engine/decoding/sample-texts.ts';
import type { Signature, Tensor } from '../../../engine/runtime/session.ts';
import type { Derivation } from '../derived/derivation.ts';

/** What a model takes and gives, by name. */
export type Feeds = Readonly<Record<string, Tensor>>;
export type Results = Readonly<Record<string, Tensor>>;

export type ThreadRequest =
  | {
      readonly kind: 'load';
      readonly key: string;
      /** Of the file, or of the weights that it is made from. */
      readonly path: string;
      readonly derivation?: Derivation;
    }
  | {
      readonly kind: 'load_decoder';
      readonly key: string;
      readonly readingPath: string;
      readonly stepPath: string;
      readonly stepInputs: readonly string[];
    }
  | { readonly kind: 'search'; readonly key: string; readonly feeds: Reading; readonly search: Search }
  | {
      readonly kind: 'sample';
      readonly key: string;
      readonly prompts: readonly Prompt[];
      readonly sampling: TextSampling;
    }
  | { readonly kind: 'run'; readonly key: string; readonly feeds: Feeds }
  | { readonly kind: 'drop'; readonly key: string };

/** What is read by a network that writes sequences. */
export type Reading = Feeds;

/** How a sequence is looked for. */
export interface Search {
  readonly start: number;
  readonly end: number;
  /** Beginnings that are carried on; 1: the likeliest symbol at each step. */
  readonly width: number;
  readonly lengthPenalty: number;
  /** Symbols of a sequence, its end not counted. */
  readonly maxLength: number;
}

/** Of each row what was found, the best first. */
export type FoundSequences = readonly (readonly Written[])[];

/** What each request is answered with. */
export interface ThreadOutputs {
  readonly load: Signature;
  readonly load_decoder: Signature;
  readonly search: FoundSequences;
  readonly sample: readonly Written[];
  readonly run: Results;
  readonly drop: null;
}

/** A request; or that there will be no more: the thread ends when it has answered those that it has. */
export type ThreadMessage = { readonly id: number; readonly request: ThreadRequest } | 'end';

/** What a request comes to, and the milliseconds that it took where it was done. */
export interface Done<Output> {
  readonly output: Output;
  readonly tookMs: number;
}

export type ThreadAnswer =
  | ({ readonly id: number } & Done<ThreadOutputs[keyof ThreadOutputs]>)
  | {
      readonly id: number;
      readonly error: string;
      /** Whether the model can't have the file that was asked for. */
      readonly isNotDerivable: boolean;
    };

/** Given to the thread when it starts. */
export interface ThreadSettings {
  /** How many compute inside one operator. */
  readonly intraOpThreads: number;
}

/** Where sessions are kept and run, one request at a time. */
export interface SessionPlace {
  /** Rejects with `unavailable` when the place is gone before it has answered. The buffers of feeds are given away. */
  ask<Kind extends ThreadRequest['kind']>(
    request: Extract<ThreadRequest, { kind: Kind }>,
  ): Promise<Done<ThreadOutputs[Kind]>>;
  close(): Promise<void>;
}
