import { defineConfig } from '@playwright/test'
import { leftOut } from '../nightly.ts'

// The real thing end to end: the built app in Electron and the headless console in Chromium. What a machine lacks is
// skipped by name (see missing.ts).
export default defineConfig({
  testDir: '.',
  testMatch: '*.e2e.ts',
  testIgnore: leftOut.map((glob) => `**/${glob}`),
  globalSetup: './startDisplay.ts',
  outputDir: '../../test-results',
  // Two files at a time, each with consoles, folders and ports of its own; what is in one file goes on from step to step.
  workers: 2,
  fullyParallel: false,
  // A test that passes at the second try is broken.
  retries: 0,
  // What hangs ends at last. No test is about these: where others work as well, each takes several times as long.
  timeout: 240_000,
  expect: { timeout: 60_000 },
  use: { actionTimeout: 60_000 },
  reporter: process.env.PLAYWRIGHT_JSON_OUTPUT_FILE ? [['list'], ['json']] : [['list']],
})
