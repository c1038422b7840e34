import type { Span } from '../../shared/maintenance.ts'
import { readWeekly } from '../../shared/onAir.ts'
import { type Outlook, outlookAt } from './outlook.ts'
import { contains } from './planTimes.ts'
import { joinedWindows, listedWindows, namedZone, recurringWindows, type Windows } from './windows.ts'

/** Any Monday in the past. */
const monday = Date.UTC(2024, 0, 1)
const dayMs = 86_400_000

/** Whether a time is within weekly hours, in a time zone. */
export function weeklyHours(weekly: readonly string[], zone: string): (at: number) => boolean {
  const windows = joinedWindows(weekly.map((text) => weeklyWindows(text, zone)))
  let outlook: Outlook | null = null
  return (at) => {
    if (outlook === null || !contains(outlook.valid, at)) outlook = outlookAt(windows, at)
    return outlook.now !== null
  }
}

const weekMs = 7 * dayMs
/** Maximum number of beginnings within a week. */
const mostBegins = 400

/** The latest beginning of weekly hours; null: none within the last week. */
export function weeklyBegins(weekly: readonly string[], zone: string): (at: number) => number | null {
  const windows = joinedWindows(weekly.map((text) => weeklyWindows(text, zone)))
  let found: { readonly last: number | null; readonly valid: Span } | null = null
  return (at) => {
    if (found === null || !contains(found.valid, at)) {
      const begins = windows.from(at - weekMs - dayMs, mostBegins).map(({ from }) => from)
      const last = begins.findLast((from) => from <= at) ?? null
      found = { last, valid: { from: last ?? at, to: begins.find((from) => from > at) ?? at + dayMs } }
    }
    return found.last
  }
}

/** Weekly hours in wall time: their end is a time of day, too. */
export function weeklyWindows(text: string, zone: string): Windows {
  const hours = readWeekly(text)
  if (hours === null) return listedWindows([] satisfies Span[])
  const first = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'].findIndex((day) => hours.days.includes(day))
  return recurringWindows({
    start: `${new Date(monday + first * dayMs).toISOString().slice(0, 10)}T${hours.start}:00`,
    zone: namedZone(zone),
    lengthMs: hours.minutes * 60_000,
    isOnClock: true,
    rrule: `FREQ=WEEKLY;BYDAY=${hours.days.join(',')}`,
  })
}
