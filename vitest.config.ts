import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';
import { summaryReporter } from './test/setup/summary-reporter.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, 'test/kills/**'],
    globalSetup: 'test/setup/global.ts',
    // The SDK's native part wants processes, not threads.
    pool: 'forks',
    // Many tests wait for other processes, so even two cores carry two of them.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 90_000,
    hookTimeout: 120_000,
    // What is waited for comes when a busy machine gets to it.
    expect: { poll: { timeout: 20_000 } },
    reporters: ['default', summaryReporter()],
  },
});
