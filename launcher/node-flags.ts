/**
 * How Node is started for a process of the service. Most of what a request makes is garbage when it is answered: with a
 * larger young generation (MiB) it is swept less often, and less of it is copied.
 */
export const nodeFlags: readonly string[] = ['--enable-source-maps', '--max-semi-space-size=32'];
