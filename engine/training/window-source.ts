/** What the training loop needs of data: windows by number, read into buffers that it owns. */
export interface WindowSource {
  /** How many windows there are. */
  readonly count: number;
  /** T: input steps of a window. */
  readonly steps: number;
  /** I: input features. */
  readonly inputSize: number;
  /** S: steps that have a target; T, or 1 for the last alone. */
  readonly targetSteps: number;
  /** O: numbers in one target (horizon × target columns, horizon outermost). */
  readonly outputSize: number;
  /** Writes the scaled inputs of these N windows to `x` [T,N,I] and their scaled targets to `y` [S,N,O]. */
  read(windows: Uint32Array, x: Float32Array, y: Float32Array): void;
}
