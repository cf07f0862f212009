/** A problem of the literature, small enough to be run on any machine, whose result says whether training works. */
export interface ReferenceProblem {
  readonly description: string;
  /** What can be chosen on the command line, as `--name value`, and what it is otherwise. */
  readonly options: Readonly<Record<string, string>>;
  /**
   * @param say - tells of progress
   * @returns what was reached, in one line
   */
  readonly run: (options: Readonly<Record<string, string>>, say: (line: string) => void) => Promise<string>;
}
