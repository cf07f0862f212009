/** PostgreSQL from npm, run as a child process on 127.0.0.1. */
export interface EmbeddedServer {
  readonly url: string;
  readonly pid: number;
  /** Resolves when the process is gone, however it ended. */
  readonly exited: Promise<void>;
  stop(): Promise<void>;
}

/** `directory` holds the data and the password; one owner at a time. Without `port`, any free one. */
export declare function startPostgres(options: { directory: string; port?: number }): Promise<EmbeddedServer>;
