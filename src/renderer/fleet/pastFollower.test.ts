import { describe, expect, it } from 'vitest'
import type { FleetChanges } from '../../shared/fleet.ts'
import { someServer } from '../../shared/servers.fixture.ts'
import { someChanges, someFacts } from './fleetState.fixture.ts'
import { createFleetState } from './fleetState.ts'
import { createPastFollower } from './pastFollower.ts'

/** An engine that answers when it is told to. */
function slowEngine() {
  const asked: {
    readonly at: number
    readonly launch: string | null
    readonly before?: number
    answer: (changes?: Partial<FleetChanges>) => Promise<void>
    refuse: (words: string) => Promise<void>
  }[] = []
  const answered: number[] = []
  let pauses: (() => void)[] = []
  const settle = async () => {
    for (let turn = 0; turn < 10; turn++) await Promise.resolve()
  }
  const follower = createPastFollower({
    ask: (input) =>
      new Promise((resolve, reject) => {
        asked.push({
          ...input,
          answer: (change = {}) => {
            resolve(someChanges({ at: input.at, launch: 'past', ...change }))
            return settle()
          },
          refuse: (words) => {
            reject(new Error(words))
            return settle()
          },
        })
      }),
    onAnswer: (_, at) => answered.push(at),
    onStatus: () => {},
    pause: () => new Promise((resolve) => pauses.push(resolve)),
  })
  const endPauses = async () => {
    for (const end of pauses) end()
    pauses = []
    await settle()
  }
  return { follower, asked, answered, endPauses }
}

describe('createPastFollower', () => {
  it('asks one question at a time, and the next one about where the cursor is by then', async () => {
    const { follower, asked, answered, endPauses } = slowEngine()
    for (const at of [1000, 2000, 3000, 4000]) follower.follow(at)
    expect(asked.map(({ at }) => at)).toEqual([1000])
    expect(follower.status()).toEqual({ shownAt: null, failure: null })
    await asked[0]?.answer()
    await endPauses()
    expect(asked.map(({ at }) => at)).toEqual([1000, 4000])
    expect(follower.status()).toEqual({ shownAt: 1000, failure: null })
    await asked[1]?.answer()
    expect(answered).toEqual([1000, 4000])
    expect(follower.status()).toEqual({ shownAt: 4000, failure: null })
    await endPauses()
    expect(asked.length).toBe(2)
  })

  it('says which picture it has, so that only what differs has to be told', async () => {
    const { follower, asked, endPauses } = slowEngine()
    follower.follow(1000)
    await asked[0]?.answer()
    follower.follow(500)
    await endPauses()
    expect([asked[0]?.launch, asked[0]?.before, asked[1]?.launch, asked[1]?.before]).toEqual([null, undefined, 'past', 1000])
  })

  it('drops what comes after the operator went back to now, and begins anew at the next visit', async () => {
    const { follower, asked, answered } = slowEngine()
    follower.follow(1000)
    follower.follow(null)
    expect(follower.status()).toEqual({ shownAt: null, failure: null })
    follower.follow(2000)
    await asked[0]?.answer()
    expect(answered).toEqual([])
    expect(asked[1]).toMatchObject({ at: 2000, launch: null })
    expect(asked[1]?.before).toBeUndefined()
    await asked[1]?.answer()
    expect(answered).toEqual([2000])
  })

  it('keeps the last picture when one can’t be had, says why, and tries again', async () => {
    const { follower, asked, answered, endPauses } = slowEngine()
    follower.follow(1000)
    await asked[0]?.answer()
    follower.follow(2000)
    await asked[1]?.refuse('the file is damaged')
    expect(follower.status()).toEqual({ shownAt: 1000, failure: 'the file is damaged' })
    await endPauses()
    await asked[2]?.answer()
    expect(answered).toEqual([1000, 2000])
    expect(follower.status()).toEqual({ shownAt: 2000, failure: null })
  })

  it('does not wait to ask about another moment after one could not be had', async () => {
    const { follower, asked } = slowEngine()
    follower.follow(1000)
    await asked[0]?.refuse('no')
    follower.follow(3000)
    for (let turn = 0; turn < 10; turn++) await Promise.resolve()
    expect(asked.map(({ at }) => at)).toEqual([1000, 3000])
  })
})

describe('a fleet of the past', () => {
  it('goes back and forth by what differs, and its newest answer with it', () => {
    const state = createFleetState()
    state.apply(
      someChanges({
        reset: true,
        at: 5000,
        servers: [someServer('a', { lastAnswerAt: 5000 })],
        streams: [someFacts(0, 'x'), someFacts(1, 'y')],
      }),
    )
    expect([state.oldestAnswer()?.at, state.rows().length]).toEqual([5000, 2])
    state.apply(someChanges({ at: 2000, servers: [someServer('a', { lastAnswerAt: 2000 })], removedSlots: [1] }))
    expect([state.oldestAnswer()?.at, state.rows().length, state.at()]).toEqual([2000, 1, 2000])
  })
})
