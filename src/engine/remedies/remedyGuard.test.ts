import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RehearsedAlarm } from '../../shared/rehearsal.ts'
import type { Remedy } from '../../shared/remedyInput.ts'
import { pathOf, streamSubject } from '../../shared/subjectNames.ts'
import { heldBack, isUnhelpful, playRemedy } from './remedyGuard.ts'

const remedy: Remedy = { act: 'kickPublisher', afterSeconds: 30, againSeconds: 600, mostAnHour: 3 }
const cam = (path: string) => streamSubject('berlin', path)
const alarm = (path: string, start: number, end: number | null): RehearsedAlarm => ({
  subject: cam(path),
  serverName: 'Berlin',
  severity: 'major',
  start: start * 1000,
  end: end && end * 1000,
  count: 1,
})
const timesOf = (alarms: readonly RehearsedAlarm[], to: number, changed: Partial<Remedy> = {}) => {
  const { acts, held } = playRemedy({ ...remedy, ...changed } as Remedy, alarms, to * 1000)
  return [acts.map(({ at }) => at / 1000), held]
}

describe('a remedy over the past', () => {
  it('acts after its delay, and again while the alarm lasts', () => {
    expect(timesOf([alarm('a', 100, 110)], 10_000)).toEqual([[], 0])
    expect(timesOf([alarm('a', 100, 131)], 10_000)).toEqual([[130], 0])
    expect(timesOf([alarm('a', 100, 1_000)], 10_000)).toEqual([[130, 730], 0])
    expect(timesOf([alarm('a', 100, null)], 800)).toEqual([[130, 730], 0])
  })
  it('does not act again on the same stream too soon, also in another alarm, but on others', () => {
    expect(timesOf([alarm('a', 100, 140), alarm('a', 200, 260), alarm('b', 200, 260)], 10_000)).toEqual([[130, 230], 0])
  })
  it('counts how often its limit per hour held it back', () => {
    const five = ['a', 'b', 'c', 'd', 'e'].map((path, index) => alarm(path, index * 10, index * 10 + 60))
    expect(timesOf(five, 10_000)).toEqual([[30, 40, 50], 2])
  })
  it('never acts more often than its limits say, whatever the alarms were', () => {
    const alarms = fc.array(
      fc.record({ path: fc.constantFrom('a', 'b', 'c'), start: fc.integer({ min: 0, max: 20_000 }), lasts: fc.integer({ min: 0, max: 5_000 }) }),
      { maxLength: 60 },
    )
    fc.assert(
      fc.property(alarms, fc.integer({ min: 60, max: 2_000 }), fc.integer({ min: 1, max: 5 }), (some, againSeconds, mostAnHour) => {
        const played = playRemedy(
          { ...remedy, againSeconds, mostAnHour },
          some.map(({ path, start, lasts }) => alarm(path, start, start + lasts)),
          30_000_000,
        )
        for (const [index, { at, subject }] of played.acts.entries()) {
          const before = played.acts.slice(0, index)
          expect(before.filter((act) => act.at > at - 3_600_000).length).toBeLessThan(mostAnHour)
          expect(before.some((act) => pathOf(act.subject) === pathOf(subject) && act.at > at - againSeconds * 1000)).toBe(false)
        }
      }),
    )
  })
})

it('an act of a later time, as after the clock was set back, holds others back', () => {
  expect(heldBack(remedy, [{ at: 5_000_000, subject: cam('a') }], cam('a'), 0)).toBe('again')
})

it('what failed, was not seen to end, or did not help, three times in a row, is unhelpful', () => {
  const bad = { outcome: 'done', helped: false } as const
  const good = { outcome: 'done', helped: true } as const
  expect(isUnhelpful([bad, bad])).toBe(false)
  expect(isUnhelpful([bad, { outcome: 'failed', helped: null }, { outcome: 'unknown', helped: null }])).toBe(true)
  expect(isUnhelpful([bad, good, bad, bad])).toBe(false)
  // What is not known yet says nothing.
  expect(isUnhelpful([{ outcome: 'done', helped: null }, { outcome: 'begun', helped: null }, bad, bad, bad])).toBe(true)
})
