import { describe, expect, test } from 'vitest'
import { type BaselineRange, baselineLimits } from '../../shared/baselines.ts'
import { type HourSeen, learnBaseline } from './learnBaseline.ts'
import { hourMs, hoursBetween } from './weekHours.ts'

const dayMs = 24 * hourMs
const weekMs = 7 * dayMs
/** A Monday, 0 h in Berlin. */
const from = Date.UTC(2026, 7, 30, 22)
const zone = 'Europe/Berlin'

interface Shown {
  readonly mbit: number
  readonly troubled?: boolean
  /** How far its quarter hours are apart, by factor. */
  readonly apart?: number
}
/** What a stream showed in an hour; null: it was off air, or not watched. */
type Scene = (hour: { readonly at: number; readonly weekday: number; readonly hour: number; readonly index: number }) => Shown | null

function seen(weeks: number, scene: Scene): readonly HourSeen[] {
  return hoursBetween(zone, from, from + weeks * weekMs).flatMap(({ at, place }, index) => {
    const shown = scene({ at, weekday: Math.floor(place / 24) + 1, hour: place % 24, index })
    if (shown === null) return []
    const { mbit, troubled = false, apart = 1.02 } = shown
    return [{ at, place, low: (mbit * 1e6) / apart, high: mbit * 1e6 * apart, isTroubled: troubled }]
  })
}
const learn = (weeks: number, scene: Scene) => learnBaseline(seen(weeks, scene), null)
const at = ({ ranges }: { readonly ranges: readonly (BaselineRange | null)[] }, weekday: number, hour: number) => {
  const range = ranges[(weekday - 1) * 24 + hour] ?? null
  return range && { low: Number((range.low / 1e6).toFixed(2)), high: Number((range.high / 1e6).toFixed(2)), weeks: range.weeks }
}
const steady: Scene = () => ({ mbit: 4 })

describe('what is usual', () => {
  test('is said of an hour of the week after four weeks, and not before', () => {
    expect(at(learn(3, steady), 5, 20)).toBeNull()
    expect(learn(3, steady).weeks[4 * 24 + 20]).toBe(3)
    expect(at(learn(4, steady), 5, 20)).toEqual({ low: 3.92, high: 4.08, weeks: 4 })
  })
  test('differs by weekday and hour', () => {
    const learned = learn(6, ({ weekday, hour }) => ({ mbit: weekday === 5 && hour >= 18 ? 8 : 4 }))
    expect(at(learned, 5, 21)).toMatchObject({ low: 7.84, high: 8.16, weeks: 6 })
    expect(at(learned, 4, 21)).toMatchObject({ low: 3.92, high: 4.08 })
  })
  test('of an hour includes what the hours beside it show: a programme that begins early, dusk that comes earlier each week', () => {
    expect(
      at(
        learn(6, ({ hour }) => ({ mbit: hour >= 18 ? 8 : 4 })),
        3,
        17,
      ),
    ).toMatchObject({ low: 3.92, high: 8.16 })
  })
  test('is not widened by one odd week', () => {
    expect(
      at(
        learn(6, ({ index, weekday }) => ({ mbit: weekday === 5 && index > 300 && index < 400 ? 1 : 4 })),
        5,
        20,
      ),
    ).toMatchObject({ low: 3.92 })
  })
  test('is not known of hours in which it is off air', () => {
    const learned = learn(8, ({ weekday, hour }) => (weekday === 7 || hour < 6 ? null : { mbit: 4 }))
    expect(at(learned, 7, 12)).toBeNull()
    expect(at(learned, 1, 3)).toBeNull()
    expect(at(learned, 1, 12)).toMatchObject({ weeks: 8 })
  })
  test('is never learned of hours of trouble', () => {
    const learned = learn(8, ({ index }) => (index % 168 < 12 && index > 5 * 168 - 1 ? { mbit: 1, troubled: true } : { mbit: 4 }))
    expect(at(learned, 1, 6)).toEqual({ low: 3.92, high: 4.08, weeks: 5 })
    expect(learned.forgotten).toBeNull()
  })
})

describe('another setting of the encoder', () => {
  const changedAt = 6 * 168 + 3 * 24 + 9
  const since = from + changedAt * hourMs
  const afterwards = (hours: number, scene: Scene) => learnBaseline(seen(9, scene).slice(0, changedAt + hours), null)

  test('is forgotten within a day, although it is an alarm from its first minutes on', () => {
    const halved: Scene = ({ index }) => (index >= changedAt ? { mbit: 2, troubled: true } : { mbit: 4 })
    expect(afterwards(17, halved).forgotten).toBeNull()
    const learned = afterwards(18, halved)
    expect(learned.forgotten).toBe(since)
    expect(learned.since).toBe(since)
    expect(learned.weeks[3 * 24 + 12]).toBe(1)
    expect(learned.ranges.every((range) => range === null)).toBe(true)
  })
  test('is learned as the usual one after four weeks', () => {
    const learned = learn(11, ({ index }) => (index >= changedAt ? { mbit: 2, troubled: index < changedAt + 18 } : { mbit: 4 }))
    expect(at(learned, 5, 20)).toEqual({ low: 1.96, high: 2.04, weeks: 5 })
  })
  test.each([
    ['morning', 0],
    ['dusk', 8],
    ['night', 13],
  ])('is found with a camera that needs less at night, changed in the %s', (_, later) => {
    const day = (hour: number) => (hour >= 6 && hour < 18 ? 4 : 1)
    const changed = changedAt + later
    const halved: Scene = ({ index, hour }) => (index >= changed ? { mbit: day(hour) / 2, troubled: true } : { mbit: day(hour) })
    const learned = learnBaseline(seen(9, halved).slice(0, changed + 24), null)
    expect(learned.forgotten).not.toBeNull()
    expect(Math.abs((learned.forgotten ?? 0) - (from + changed * hourMs))).toBeLessThanOrEqual(6 * hourMs)
  })
  test('is found with a stream that is on air for two hours a day, when it is on air the next day', () => {
    const evening: Scene = ({ index, hour }) => (hour === 20 || hour === 21 ? { mbit: index >= 6 * 168 ? 2 : 4, troubled: index >= 6 * 168 } : null)
    const hours = seen(7, evening)
    const change = hours.findIndex((hour) => hour.at >= from + 6 * weekMs)
    expect(learnBaseline(hours.slice(0, change + 2), null).forgotten).toBeNull()
    expect(learnBaseline(hours.slice(0, change + 4), null).forgotten).not.toBeNull()
  })
  test('is not seen in a trouble of half a day, nor in steps of some per cent', () => {
    const night: Scene = ({ index }) => (index >= changedAt && index < changedAt + 12 ? { mbit: 1, troubled: true } : { mbit: 4 })
    expect(afterwards(30, night).forgotten).toBeNull()
    expect(afterwards(100, ({ index }) => ({ mbit: index >= changedAt ? 4.3 : 4 })).forgotten).toBeNull()
  })
  test('counts again once it is set back: a weekend of trouble, a holiday', () => {
    const weekend: Scene = ({ index }) => (index >= changedAt && index < changedAt + 60 ? { mbit: 1, troubled: true } : { mbit: 4 })
    expect(afterwards(60, weekend).forgotten).not.toBeNull()
    const learned = afterwards(60 + 18, weekend)
    expect(learned.forgotten).toBeNull()
    expect(at(learned, 5, 20)).toMatchObject({ low: 3.92, weeks: 6 })
  })
  test('is known by its codec or size at once', () => {
    const learned = learnBaseline(seen(6, steady), from + 5 * weekMs + 1)
    expect(learned).toMatchObject({ since: from + 5 * weekMs + hourMs, forgotten: from + 5 * weekMs + 1 })
    expect(at(learned, 5, 20)).toBeNull()
  })
})

/** The same number between 0 and 1 for the same thing. */
function chance(seed: number): number {
  let x = Math.imul(seed ^ (seed >>> 16), 0x45d9f3b)
  x = Math.imul(x ^ (x >>> 16), 0x45d9f3b)
  return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32
}
const dusk = (at: number) => 20 - (at - from) / weekMs / 4

describe('nothing is unusual with streams that are well', () => {
  const scenes: Readonly<Record<string, Scene>> = {
    'a constant bit rate': ({ index }) => ({ mbit: 4 + 0.02 * chance(index) }),
    'a bit rate that varies by half': ({ index }) => ({ mbit: 3 + 1.5 * chance(index), apart: 1.2 }),
    'a camera in colour by day and without at night, as dusk comes earlier each week': ({ at: moment, hour, index }) => ({
      mbit: hour >= 7 && hour < dusk(moment) ? 4 + chance(index) : 0.9 + 0.2 * chance(index),
      apart: Math.abs(hour + 0.5 - dusk(moment)) < 1 ? 2 : 1.05,
    }),
    'hours on air in the evening, off on Sundays': ({ weekday, hour, index }) => (weekday === 7 || hour < 18 ? null : { mbit: 6 + chance(index) }),
    'another programme at the weekend': ({ weekday, index }) => ({ mbit: (weekday > 5 ? 2 : 5) + 0.2 * chance(index) }),
    'every other weekend off': ({ weekday, at: moment, index }) =>
      weekday > 5 && Math.floor((moment - from) / weekMs) % 2 === 1 ? null : { mbit: 4 + 0.1 * chance(index) },
    'another encoder every other week': ({ at: moment, index }) => ({ mbit: (Math.floor((moment - from) / weekMs) % 2 === 1 ? 3 : 3.4) + 0.1 * chance(index) }),
    'a public holiday': ({ at: moment, index }) => ({ mbit: Math.floor((moment - from) / dayMs) === 45 ? 3 : 4 + 0.1 * chance(index) }),
    'hours with gaps': ({ index }) => (chance(index) < 0.4 ? null : { mbit: 4 + 0.1 * chance(index * 7) }),
    'a stream that is an hour late for two weeks, as clocks are set elsewhere': ({ at: moment, hour }) => {
      const late = (moment - from) / weekMs
      return { mbit: hour >= (late > 8.6 && late < 9.9 ? 19 : 18) ? 6 : 2 }
    },
  }
  test.each(Object.entries(scenes))('%s', (_, scene) => {
    const hours = seen(13, scene)
    const unusual: string[] = []
    for (let day = 1; day < 13 * 7; day++) {
      const now = from + day * dayMs
      const { ranges } = learnBaseline(
        hours.filter((hour) => hour.at < now && hour.at >= now - 8 * weekMs),
        null,
      )
      for (const hour of hours) {
        const range = hour.at >= now && hour.at < now + dayMs ? ranges[hour.place] : null
        if (range == null) continue
        const { below, above } = baselineLimits(range, 2)
        if (hour.low < below || hour.high > above)
          unusual.push(`${new Date(hour.at).toISOString()}: ${hour.low} to ${hour.high}, usually ${range.low} to ${range.high}`)
      }
    }
    expect(unusual).toEqual([])
  })
})
