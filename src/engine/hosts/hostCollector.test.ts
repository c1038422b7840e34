import { expect, test } from 'vitest'
import { createTestClock } from '../../clock/testClock.ts'
import { ok } from '../../shared/result.ts'
import { createScriptCollector } from './hostCollector.ts'

test('a script that knows no question for details of a media server is asked it once between two slow readings', async () => {
  const clock = createTestClock()
  const stat = `7 (mediamtx) ${Array.from({ length: 22 }, (_, index) => index).join(' ')}`
  const asked: string[] = []
  const collector = createScriptCollector(
    clock,
    {
      ask: async (question) => {
        asked.push(question)
        const fast = question.includes('f') ? `== fast\n${clock.monotonic() / 1000}.0 1.0\nmedia\n${stat}\n` : ''
        return ok({ bytes: Buffer.from(`== system Linux\n${fast}`), tookMs: 1, askedAtMs: clock.now() })
      },
      isConnected: () => asked.length > 0,
      close: () => {},
    },
    'oslo:22',
  )
  for (let second = 0; second < 31; second += 10) {
    await collector.read(new AbortController().signal)
    await clock.advance(10_000)
  }
  expect(asked).toEqual(['fs', 'm', 'f', 'f', 'fs', 'm'])
})
