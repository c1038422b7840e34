import type { TimeZoneChoice } from '../../shared/units.ts'

/** Wall times are ms as if they were UTC: `Date.UTC` of the time that the clock shows. */
export interface ZoneClock {
  /** How far the wall clock is ahead of UTC, ms. */
  readonly offset: (at: number) => number
  readonly wall: (at: number) => number
  /**
   * The moment of a wall time. If clocks are set back and show it twice, the first time; if they are set forward and never
   * show it, the moment at which they would have.
   */
  readonly at: (wall: number) => number
}

const quarter = 900_000
const hour = 3_600_000
const day = 24 * hour

const clockOf = (offset: (at: number) => number): ZoneClock => ({
  offset,
  wall: (at) => at + offset(at),
  at: (wall) => {
    // At most one change lies between a day before and a day after.
    const before = offset(wall - day)
    const after = offset(wall + day)
    const first = wall - before
    if (before === after) return first
    // Use the earlier moment if the wall clock shows the time then. In a gap neither moment does, and the old offset is used.
    if (offset(first) === before) return first
    const second = wall - after
    return offset(second) === after ? second : first
  },
})

const localClock = clockOf((at) => -new Date(at).getTimezoneOffset() * 60_000)
const utcClock = clockOf(() => 0)
export function zoneClock(choice: TimeZoneChoice): ZoneClock {
  return choice === 'utc' ? utcClock : localClock
}

const named = new Map<string, ZoneClock>()
/** `Europe/Berlin`, for example. Throws if there is no such zone. */
export function namedClock(name: string): ZoneClock {
  const known = named.get(name)
  if (known) return known
  const writer = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  // Offsets change at quarters of an hour only.
  const offsets = new Map<number, number>()
  const clock = clockOf((at) => {
    const slot = Math.floor(at / quarter)
    const cached = offsets.get(slot)
    if (cached !== undefined) return cached
    const parts = Object.fromEntries(writer.formatToParts(slot * quarter).map(({ type, value }) => [type, Number(value)]))
    const wall = Date.UTC(parts.year ?? 0, (parts.month ?? 1) - 1, parts.day ?? 1, parts.hour ?? 0, parts.minute ?? 0, parts.second ?? 0)
    const offset = wall - slot * quarter
    offsets.set(slot, offset)
    return offset
  })
  named.set(name, clock)
  return clock
}

const wallDay = (wall: number) => Math.floor(wall / day)

/** `count` days after that of `at`: its midnight, or the first moment after it. */
export function dayStart(clock: ZoneClock, at: number, count = 0): number {
  return clock.at((wallDay(clock.wall(at)) + count) * day)
}

/** 03:12 stays 03:12 over a change to summer time; negative `days` are earlier. */
export function shiftDays(clock: ZoneClock, at: number, days: number): number {
  return clock.at(clock.wall(at) + days * day)
}
