/** Who takes part in a benchmark of training steps: the engine itself, or a peer in a process of its own. */
import type { Point } from './points.ts';

export interface Contender {
  /** Names its column: `<name>_ms`. */
  readonly name: string;
  /** Version and whatever else decides its speed. */
  readonly description: string;
  /** Makes the network and its batch, and takes at least one step. */
  prepare(point: Point, threads: number): Promise<void>;
  /** Steps for about this long; answers the milliseconds of the best step. */
  measure(milliseconds: number): Promise<number>;
  close(): Promise<void>;
}
