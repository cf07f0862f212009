/** What the training loop needs of data: windows by number, read into buffers that it owns. */
export interface WindowSource {
  /** How many windows there are. */
  readonly count: number;
  /** T: input steps of a window; of the longest where they differ. */
  readonly steps: number;
  /** Steps of each window, from 1 to T, where they differ: the network's shape is `padded` then. */
  readonly lengths?: ArrayLike<number>;
  /** I: input features. */
  readonly inputSize: number;
  /** S: steps that have a target; T, or 1 for the last alone. Where lengths differ T, too, stands for all of each window. */
  readonly targetSteps: number;
  /** O: numbers in one target (horizon × target columns, horizon outermost). */
  readonly outputSize: number;
  /** W: weights of one output, 1 or the horizon; all targets count the same if absent. */
  readonly weightsPerOutput?: number;
  /** Windows that begin a series, in rising order, where every other window begins where the one before it ends. Absent: windows don't follow each other. */
  readonly seriesStarts?: readonly number[];
  /** The class of each window, of which epochs are to have as many of one as of another; every window once if absent. */
  readonly balance?: ArrayLike<number>;
  /**
   * Writes the scaled inputs of these N windows to `x` [T,N,I] and their scaled targets to `y` [S,N,O]; with weights, those of the
   * targets to `weights` [S,N,W]. A target of weight 0 is a number all the same. Where lengths differ, the length of x says how many
   * steps are wanted, at least as many as the longest of these windows has; x is 0 beyond the end of a window. Where all steps have a target, there are as many steps of y and of weights.
   */
  read(windows: Uint32Array, x: Float32Array, y: Float32Array, weights?: Float32Array): void;
}
