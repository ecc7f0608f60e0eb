import { defineConfig } from 'vitest/config';
import { summaryReporter } from './test/setup/summary-reporter.ts';

/** Real processes are killed here at every step of the runbook, one after the other; a part of it runs with all tests. */
export default defineConfig({
  test: {
    include: ['test/kills/**/*.test.ts'],
    globalSetup: 'test/setup/global.ts',
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 120_000,
    reporters: ['default', summaryReporter()],
  },
});
