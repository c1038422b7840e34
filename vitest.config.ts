import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.{ts,tsx}', 'tests/{afternoon,contract,hostile,real,tools,window}/**/*.test.ts'],
    // Real SQLite, HTTP and processes: two files at once is what two cores bear.
    setupFiles: ['tests/leaks.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // A test that leaves a listener or a handle open must not hang the run; it fails by name in the leak check.
    teardownTimeout: 10_000,
  },
})
