import { Temporal } from 'temporal-polyfill'
import type { WeekHour } from '../../shared/baselines.ts'
import { tierStepMs } from '../../shared/tiers.ts'

// Hours of the week as the clocks of a zone show them. Clocks that are set repeat an hour or skip one.

export const quarterMs = tierStepMs.quarterHours
export const hourMs = 3_600_000
export const hoursOfWeek = 168

let known = { zone: '', from: 0, to: 0, offsetMs: 0 }
/** Asked of the zone once for all times between two of its changes: each question takes longer than a thousand hours by its answer. */
function offsetAt(zone: string, at: number): number {
  if (known.zone !== zone || at < known.from || at >= known.to) {
    const moment = Temporal.Instant.fromEpochMilliseconds(Math.floor(at)).toZonedDateTimeISO(zone)
    known = {
      zone,
      // A change counts from its own millisecond on.
      from: moment.add({ milliseconds: 1 }).getTimeZoneTransition('previous')?.epochMilliseconds ?? Number.NEGATIVE_INFINITY,
      to: moment.getTimeZoneTransition('next')?.epochMilliseconds ?? Number.POSITIVE_INFINITY,
      offsetMs: moment.offsetNanoseconds / 1e6,
    }
  }
  return known.offsetMs
}

/** When the hour on the clock began in which a moment lies. */
export function hourBegin(zone: string, at: number): number {
  const offsetMs = offsetAt(zone, at)
  return Math.floor((at + offsetMs) / hourMs) * hourMs - offsetMs
}

/** Hours since Monday 0 h of what the clock shows. */
export function weekHourAt(zone: string, at: number): number {
  // 1 January 1970 was a Thursday.
  const hours = Math.floor((at + offsetAt(zone, at)) / hourMs) + 3 * 24
  return ((hours % hoursOfWeek) + hoursOfWeek) % hoursOfWeek
}

export function weekHourOf(zone: string, place: number): WeekHour {
  return { weekday: Math.floor(place / 24) + 1, hour: place % 24, zone }
}

/** All hours on the clock that lie whole within a period, with their `weekHourAt`. One in which clocks are set by a part of an hour is left out. */
export function hoursBetween(zone: string, from: number, to: number) {
  const hours: { readonly at: number; readonly place: number }[] = []
  const first = hourBegin(zone, from)
  let at = first < from ? hourBegin(zone, first + hourMs) : first
  while (at + hourMs <= to) {
    const place = weekHourAt(zone, at)
    if (weekHourAt(zone, at + hourMs - 1) === place) hours.push({ at, place })
    const next = hourBegin(zone, at + hourMs)
    at = next > at ? next : at + hourMs
  }
  return hours
}
