import { createRequire, syncBuiltinESMExports } from 'node:module'
import { expect, test } from 'vitest'
import { createTestClock } from '../../clock/testClock.ts'

// Before anything that reads the machine is loaded: what waits for another program is counted.
const programs = createRequire(import.meta.url)('node:child_process') as Record<string, (...given: unknown[]) => unknown>
const waitedFor: unknown[] = []
for (const name of ['execSync', 'execFileSync', 'spawnSync']) {
  const plain = programs[name]
  programs[name] = (...given) => {
    waitedFor.push(given[0])
    return plain?.(...given)
  }
}
// For those who import it by name as well.
syncBuiltinESMExports()

test('the engine never waits for another program while it reads this machine', async () => {
  const { createLocalHost } = await import('./localHost.ts')
  const clock = createTestClock()
  const local = createLocalHost(clock)
  const { value } = await local.read()
  expect(value.disks.length).toBeGreaterThan(0)
  expect(value.system).not.toBe(null)
  for (let i = 0; i < 8; i++) {
    await clock.advance(31_000)
    await local.read()
  }
  local.close()
  expect(waitedFor).toEqual([])
})
