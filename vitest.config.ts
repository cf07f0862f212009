import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const outside = ['node_modules/**', 'dist/**', 'data/**'];
/** What computes and nothing else: no servers, no processes, no time. */
const computing = ['{engine,datasets}/**/*.test.ts', 'test/{golden,learning}/**/*.test.ts'];
const common = {
  pool: 'forks',
  testTimeout: 20_000,
  hookTimeout: 60_000,
  // Two also on two processors: tests of faults wait for much of their time.
  maxWorkers: Math.max(2, availableParallelism() - 1),
} as const;

export default defineConfig({
  test: {
    // Of the whole run: a project that had it too would start servers of its own.
    globalSetup: ['test/support/global-setup.ts'],
    projects: [
      {
        test: {
          ...common,
          name: 'services',
          include: ['**/*.test.ts'],
          exclude: [...outside, ...computing],
        },
      },
      {
        test: {
          ...common,
          name: 'computing',
          include: computing,
          exclude: outside,
          // In a process for each file, importing the same packages again takes as long as most tests do.
          isolate: false,
        },
      },
    ],
  },
});
