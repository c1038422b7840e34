import { namedClock } from './zoneClock.ts'

const dayMs = 86_400_000

/** The parts as ms as if they were UTC; null if there is no such day or time. */
function wallOf(year: number, month: number, day: number, hour: number, minute: number, second: number): number | null {
  const wall = Date.UTC(year, month - 1, day, hour, minute, second)
  const back = new Date(wall)
  return back.getUTCMonth() === month - 1 && back.getUTCDate() === day && hour < 24 && minute < 60 && second < 60 ? wall : null
}

const pattern = /^(?:(\d{4})-(\d{1,2})-(\d{1,2}))?(?:(?:^|[ T]+)(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?$/i
function offsetMs(text: string): number {
  if (/^(z|utc)$/i.test(text)) return 0
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})$/.exec(text) ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
}

/**
 * Parses `2026-11-14 03:12:40`. The seconds, the time (then midnight) or the day (then that of `shown`) may be left out. A time
 * without a day that would be after `latest` is the one of the day before, and before `earliest` that of the day after. An offset
 * or Z at the end, as in logs, takes precedence over `zone`. Of a time that clocks show twice it is the first, and of one that they skip what
 * it would have been. null: not a time, or one that does not exist (31 February).
 */
export function readTypedMoment(
  text: string,
  zone: string,
  shown: number,
  { latest, earliest }: { readonly latest?: number; readonly earliest?: number } = {},
): number | null {
  const found = pattern.exec(text.trim())
  const [, year, month, day, hour, minute, second, offset] = found ?? []
  if (!found || (year === undefined && hour === undefined) || (offset !== undefined && hour === undefined)) return null
  const shift = offset === undefined ? null : offsetMs(offset)
  const clock = namedClock(zone)
  const wallAt = (at: number) => (shift === null ? clock.wall(at) : at + shift)
  const today = new Date(wallAt(shown))
  const typed = wallOf(
    Number(year ?? today.getUTCFullYear()),
    Number(month ?? today.getUTCMonth() + 1),
    Number(day ?? today.getUTCDate()),
    Number(hour ?? 0),
    Number(minute ?? 0),
    Number(second ?? 0),
  )
  if (typed === null) return null
  const days = year !== undefined ? 0 : latest !== undefined && typed > wallAt(latest) ? -1 : earliest !== undefined && typed < wallAt(earliest) ? 1 : 0
  const wall = typed + days * dayMs
  return shift === null ? clock.at(wall) : wall - shift
}
