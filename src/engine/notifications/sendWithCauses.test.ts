import { expect, test } from 'vitest'
import { createTestClock } from '../../clock/testClock.ts'
import { createSendWithCauses } from './sendWithCauses.ts'

test('a message waits for causes that are being looked for, but half a second at most', async () => {
  const clock = createTestClock(1_700_000_000_000)
  let found = Promise.withResolvers<void>()
  let looking: Promise<void> | null = null
  let sent = 0
  const sending = createSendWithCauses({ clock, looking: () => looking, send: () => sent++, signal: new AbortController().signal })

  sending.send()
  expect(sent).toBe(1)

  looking = found.promise
  sending.send()
  sending.send()
  expect(sent).toBe(1)
  found.resolve()
  await sending.settled()
  expect(sent).toBe(2)

  found = Promise.withResolvers<void>()
  looking = found.promise
  sending.send()
  await clock.advance(499)
  expect(sent).toBe(2)
  await clock.advance(1)
  await sending.settled()
  expect(sent).toBe(3)
})
