import { expect, test } from 'vitest'
import { createTestClock } from '../../clock/testClock.ts'
import { neverAborted } from '../servers/answers.fixture.ts'
import { createPast } from './past.ts'

const now = Date.UTC(2026, 10, 14, 3, 0, 0)
const standing = {
  open: () => [],
  inTrouble: () => [],
  incidents: [],
  counts: { critical: 0, major: 0, minor: 0, warning: 0 },
  keptFrom: null,
  severityOf: () => null,
  severityOfServer: () => null,
}

/** A past whose history answers when it is told to, with what was asked of it. */
function pastOf() {
  const read: number[] = []
  const answers: (() => void)[] = []
  const past = createPast({
    clock: createTestClock(now),
    history: {
      events: async () => [],
      moment: async (at) => {
        read.push(at)
        await new Promise<void>((resolve) => answers.push(resolve))
        return { metrics: [], values: new Float64Array(), subjects: [], at: new Float64Array(), facts: [], factsAt: new Float64Array() }
      },
    },
    alarmsThen: async () => standing as never,
    nameOf: () => null,
  })
  /** Answers one question, and waits until what follows from it is done. */
  const answer = async () => {
    answers.shift()?.()
    await settled()
  }
  const settled = async () => {
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
  }
  return { past, read, answer, settled }
}
const hour = 3_600_000

test('moments that are asked for at once are read one after the other: each holds the whole fleet', async () => {
  const { past, read, answer, settled } = pastOf()
  const asked = [3, 2, 1].map((hours) => past.alarms(now - hours * hour, neverAborted))
  await settled()
  expect(read).toEqual([now - 3 * hour])
  await answer()
  expect(read).toEqual([now - 3 * hour, now - 2 * hour])
  await answer()
  await answer()
  expect(await Promise.all(asked)).toEqual([standing, standing, standing])
})

test('one moment that several ask for at once is read once', async () => {
  const { past, read, answer } = pastOf()
  const asked = [
    past.alarms(now - hour, neverAborted),
    past.fleet({ at: now - hour, launch: null }, neverAborted),
    past.stream('a', 'b', now - hour, neverAborted),
  ]
  await new Promise((resolve) => setImmediate(resolve))
  await answer()
  await Promise.all(asked)
  expect(read).toEqual([now - hour])
})

test('a moment whose caller has left before its turn is not read, and who waits for the same one gets it', async () => {
  const { past, read, answer, settled } = pastOf()
  const leaving = new AbortController()
  const first = past.alarms(now - 3 * hour, neverAborted)
  const left = past.alarms(now - 2 * hour, leaving.signal)
  const same = past.alarms(now - 2 * hour, neverAborted)
  const alone = past.alarms(now - hour, leaving.signal)
  leaving.abort()
  await expect(left).rejects.toThrow()
  await expect(alone).rejects.toThrow()
  await settled()
  await answer()
  await answer()
  await Promise.all([first, same])
  expect(read).toEqual([now - 3 * hour, now - 2 * hour])
})
