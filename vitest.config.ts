import { defineConfig } from 'vitest/config';
import { PropertyReporter } from './test/support/property-reporter.ts';

/** Where a gap in the tests would lose data, there is to be none. */
const complete = { statements: 100, branches: 100, functions: 100, lines: 100 };

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    // The machines that run this have two cores; more workers only make the timing of each test worse.
    maxWorkers: 2,
    // Property tests make hundreds of runs, beside another worker and whatever else the machine does.
    testTimeout: 120_000,
    reporters: ['default', ['json', { outputFile: 'coverage/tests.json' }], new PropertyReporter()],
    coverage: {
      provider: 'v8',
      // The log writes in a worker thread, and that code is held to 100% like the rest of it. A worker counts only
      // when it ends by itself: `terminate()` ends it before it can report.
      autoAttachSubprocess: false,
      include: ['src/**/*.ts'],
      exclude: ['src/cli/**'],
      reporter: [['text', { skipFull: true }], 'json-summary', 'html'],
      reportOnFailure: true,
      thresholds: {
        statements: 90,
        branches: 85,
        functions: 90,
        lines: 90,
        'src/session/**/*.ts': complete,
        'src/merge/**/*.ts': complete,
        'src/log/**/*.ts': complete,
      },
    },
  },
});
