import { defineConfig } from 'vitest/config';
import { summaryReporter } from './test/setup/summary-reporter.ts';

/** Records the histories that `test/workflows/replay.test.ts` replays. Part of no test: it writes them anew. */
export default defineConfig({
  test: {
    include: ['test/histories/record.ts'],
    globalSetup: 'test/setup/global.ts',
    pool: 'forks',
    testTimeout: 90_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 40_000 } },
    reporters: ['default', summaryReporter()],
  },
});
