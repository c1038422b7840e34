import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { cachedNode } from './tests/compileCache.ts'

/** Whole minutes by themselves: begun last, they would be waited for alone. */
const longest: readonly string[] = [
  'tests/hostile/hostile.test.ts',
  'tests/afternoon/afternoon.test.ts',
  'src/engine/history/damagedHistory.test.ts',
  'src/engine/history/history.test.ts',
  'src/engine/servers/outage.test.ts',
]
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const found = longest.findIndex((path) => moduleId.endsWith(path))
      return found < 0 ? longest.length : found
    }
    return (await super.sort(files)).sort((a, b) => place(a) - place(b))
  }
}

export default defineConfig({
  test: {
    include: ['src/**/*.test.{ts,tsx}', 'tests/{afternoon,contract,hostile,real,tools,window}/**/*.test.ts'],
    globalSetup: ['tests/bundles.ts'],
    setupFiles: ['tests/leaks.ts'],
    pool: 'forks',
    ...cachedNode,
    // More than there are cores: what is real (SQLite, HTTP, SSH, processes) waits as much as it works.
    maxWorkers: 4,
    sequence: { sequencer: LongestFirst },
    // What hangs ends at last. No test is about these: where others work as well, each takes ten times as long.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 60_000 } },
    // A test that leaves a listener or a handle open must not hang the run; it fails by name in the leak check.
    teardownTimeout: 10_000,
  },
})
