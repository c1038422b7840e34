import { defineConfig } from '@playwright/test'

// The real thing end to end: the built app in Electron and the headless console in Chromium. What a machine lacks is
// skipped by name (see missing.ts).
export default defineConfig({
  testDir: '.',
  testMatch: '*.e2e.ts',
  globalSetup: './startDisplay.ts',
  outputDir: '../../test-results',
  // One app at a time: the tests share two cores with an engine, a fleet and a browser.
  workers: 1,
  fullyParallel: false,
  // A test that passes at the second try is broken.
  retries: 0,
  timeout: 90_000,
  expect: { timeout: 20_000 },
  use: { actionTimeout: 15_000 },
  reporter: process.env.PLAYWRIGHT_JSON_OUTPUT_FILE ? [['list'], ['json']] : [['list']],
})
