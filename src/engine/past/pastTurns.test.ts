import { describe, expect, test } from 'vitest'
import { createTestClock } from '../../clock/testClock.ts'
import { type Operator, soleOperator } from '../../shared/permissions.ts'
import { neverAborted } from '../servers/answers.fixture.ts'
import { createTestEngines } from '../testEngines.ts'
import { boundedPast, createPast } from './past.ts'

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
const operator = (id: string): Operator => ({ ...soleOperator, id, name: id, permission: 'view' })

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

describe('moments that one operator asks for at once', () => {
  const tooMany = { status: 429, data: { kind: 'tooManyMoments' } }
  test('are eight at most: another one is refused, unless it is one of those, and other operators are not', async () => {
    const { past, read, answer, settled } = pastOf()
    const pastBy = boundedPast(past)
    const asked = [1, 2, 3, 4, 5, 6, 7, 8].map((hours) => pastBy(operator('Anna')).alarms(now - hours * hour, neverAborted))
    await expect(pastBy(operator('Anna')).alarms(now - 9 * hour, neverAborted)).rejects.toMatchObject(tooMany)
    await expect(pastBy(operator('Anna')).fleet({ at: now - 9 * hour, launch: null }, neverAborted)).rejects.toMatchObject(tooMany)
    const same = pastBy(operator('Anna')).stream('a', 'b', now - 8 * hour, neverAborted)
    const other = pastBy(operator('Ben')).alarms(now - 9 * hour, neverAborted)
    for (let turn = 0; turn < 9; turn++) {
      await settled()
      await answer()
    }
    await Promise.all([...asked, same, other])
    expect(read).toHaveLength(9)
    const again = pastBy(operator('Anna')).alarms(now - 10 * hour, neverAborted)
    await settled()
    await answer()
    expect(await again).toBe(standing)
  })

  test('are no more once their caller has gone', async () => {
    const { past, answer, settled } = pastOf()
    const mine = boundedPast(past)(operator('Anna'))
    const leaving = new AbortController()
    const first = mine.alarms(now - hour, neverAborted)
    const left = [2, 3, 4, 5, 6, 7, 8].map((hours) => mine.alarms(now - hours * hour, leaving.signal))
    leaving.abort()
    await Promise.allSettled(left)
    const next = mine.alarms(now - 9 * hour, neverAborted)
    await settled()
    await answer()
    await answer()
    await expect(Promise.all([first, next])).resolves.toEqual([standing, standing])
  })

  test('by any call are counted together, and the others are refused in words', async () => {
    await using engines = await createTestEngines(now)
    const { client } = await engines.start()
    const ats = Array.from({ length: 6 }, (_, n) => now - (n + 1) * hour)
    const answers = await Promise.allSettled([
      ...ats.map((at) => client.fleet.past({ at })),
      ...ats.map((at) => client.streams.get({ serverId: '00000000-0000-4000-8000-000000000000', path: 'a', at })),
      ...ats.map((at) => client.incidents.list({ at: at - 1 })),
    ])
    const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : [])).filter(({ status }) => status === 429)
    expect(refused).toHaveLength(4)
    expect(refused[0]).toMatchObject({ defined: true, ...tooMany, message: expect.stringContaining('Too many requests at once') })
  })
})
