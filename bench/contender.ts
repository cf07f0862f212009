/** Who takes part in a benchmark of training steps: the engine itself, or a peer in a process of its own. */
import type { Point } from './points.ts';

/**
 * wall: time as it passes. cpu: processor time of the contender's process, which other processes on the machine disturb
 * less; it means something with one thread alone.
 */
export type Clock = 'wall' | 'cpu';

export interface Contender {
  /** Names its column: `<name>_ms`. */
  readonly name: string;
  /** Version and whatever else decides its speed. */
  readonly description: string;
  /** Makes the network and its batch, and takes at least one step. */
  prepare(point: Point, threads: number): Promise<void>;
  /** Takes a turn: steps for about this long. Answers the milliseconds of one step, averaged over the turn. */
  takeTurn(milliseconds: number, clock: Clock): Promise<number>;
  close(): Promise<void>;
}

/** Milliseconds on a clock, from any start. */
export const clocks: Record<Clock, () => number> = {
  wall: () => performance.now(),
  cpu: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
};
