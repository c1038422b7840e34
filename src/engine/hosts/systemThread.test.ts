import { expect, test } from 'vitest'
import { createSystemThread } from './systemThread.ts'

test('a thread that fails takes no question along that another one was started for', async () => {
  const system = createSystemThread()
  expect(await system.ask('what it does not know' as never)).toBe(null)
  expect((await system.ask('memory'))?.total).toBeGreaterThan(0)
  system.close()
})
