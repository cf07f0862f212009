/** A trained network that writes sequences, ready to be asked: its reading and its single step, whatever runs them. */
import type { Tensor, Value } from '../runtime/session.ts';

/** What is read, by the names of the start program (`x`, and `mask` of a padded encoder), or of the file that reads. */
export type Read = Readonly<Record<string, Tensor>>;

/** After reading: the state of each row, and what every step looks at. */
export interface Begun {
  /** [N,D] */
  readonly state: Value;
  readonly kept: Readonly<Record<string, Value>>;
}

/** One step of all rows: what comes out [N,P], and the next state. */
export interface Stepped {
  readonly state: Value;
  /** log-probabilities of the symbols, or numbers. */
  readonly output: Value;
}

/** How a decoder is run. */
export interface Decoder {
  readonly begin: (read: Read) => Promise<Begun>;
  /** @param written - ids [N] or numbers [N,O] */
  readonly step: (written: Value, begun: Begun) => Promise<Stepped>;
}
