/** What benchmarks take from the environment. */
import { processEnvironment } from '../platform/config/process-environment.ts';

/** The Python that the peers run on. */
export const python = processEnvironment.UNROLL_BENCH_PYTHON ?? 'python3';

/** More options of Node for the HTTP process that is measured, parted by spaces: `--cpu-prof`, for instance. */
export const profilingFlags: readonly string[] =
  processEnvironment.UNROLL_BENCH_NODE_OPTIONS?.split(' ') ?? [];

/** What a process of the service is started with beside its settings: nothing that would set something else. */
export const bare = { PATH: processEnvironment.PATH };

/** What a peer is started with: all that it would have from a terminal. */
export const inherited = processEnvironment;
