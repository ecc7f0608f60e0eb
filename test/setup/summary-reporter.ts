import type { Reporter, TestModule } from 'vitest/node';

/**
 * Prints `N passed, N failed, N skipped` as the last line of a run. A file that fails without a failed test (it does not
 * load, or a hook fails) counts as one failure, and so does each error outside of all tests.
 */
export function summaryReporter(): Reporter {
  return {
    onTestRunEnd(modules, unhandledErrors) {
      const count = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
      for (const module of modules) {
        const states = statesOf(module);
        count.passed += states.filter((state) => state === 'passed').length;
        const failed = states.filter((state) => state === 'failed').length;
        count.failed += failed || (module.ok() ? 0 : 1);
        count.skipped += states.filter((state) => state === 'skipped' || state === 'pending').length;
      }
      console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
    },
  };
}

const statesOf = (module: TestModule): string[] =>
  Array.from(module.children.allTests(), (test) => test.result().state);
