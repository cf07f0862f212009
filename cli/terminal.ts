/** Where the command line writes to, and what that can show. */
export interface Terminal {
  readonly stream: NodeJS.WritableStream;
  /** A line can be drawn again: it is a terminal and no file. */
  readonly live: boolean;
  readonly colour: boolean;
  readonly columns: number;
}
