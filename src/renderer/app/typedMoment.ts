import { namedClock, type ZoneClock } from './zoneClock.ts'

/**
 * A moment as typed by an operator.
 * - moment: unambiguous.
 * - twice: clocks were set back and showed this time twice; the earlier moment first.
 * - missing: clocks were set forward past this time; `after` is the moment it would have been without the change.
 * - unreadable: not a time, or one that does not exist (31 February).
 */
export type TypedMoment =
  | { readonly kind: 'moment'; readonly at: number }
  | { readonly kind: 'twice'; readonly moments: readonly [number, number] }
  | { readonly kind: 'missing'; readonly after: number }
  | { readonly kind: 'unreadable' }

const dayMs = 86_400_000
/** All moments at which the clock shows `wall`, the earlier one first. */
function momentsOf(wall: number, clock: ZoneClock): readonly number[] {
  // No zone changes its clocks twice within two days, so only the offsets before and after are possible.
  const offsets = new Set([wall - dayMs, wall + dayMs].map(clock.offset))
  return [...offsets]
    .map((offset) => wall - offset)
    .filter((at) => clock.wall(at) === wall)
    .sort((a, b) => a - b)
}

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
 * or Z at the end, as in logs, takes precedence over `zone`.
 */
export function readTypedMoment(
  text: string,
  zone: string,
  shown: number,
  { latest, earliest }: { readonly latest?: number; readonly earliest?: number } = {},
): TypedMoment {
  const found = pattern.exec(text.trim())
  const [, year, month, day, hour, minute, second, offset] = found ?? []
  if (!found || (year === undefined && hour === undefined) || (offset !== undefined && hour === undefined)) return { kind: 'unreadable' }
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
  if (typed === null) return { kind: 'unreadable' }
  const days = year !== undefined ? 0 : latest !== undefined && typed > wallAt(latest) ? -1 : earliest !== undefined && typed < wallAt(earliest) ? 1 : 0
  const wall = typed + days * dayMs
  if (shift !== null) return { kind: 'moment', at: wall - shift }
  const [first, later] = momentsOf(wall, clock)
  if (first === undefined) return { kind: 'missing', after: wall - clock.offset(wall - dayMs) }
  return later === undefined ? { kind: 'moment', at: first } : { kind: 'twice', moments: [first, later] }
}

/** The moment that is meant: the first where clocks showed it twice, and what it would have been where they skipped it. null: unreadable. */
export function firstMoment(typed: TypedMoment): number | null {
  return typed.kind === 'moment' ? typed.at : typed.kind === 'twice' ? typed.moments[0] : typed.kind === 'missing' ? typed.after : null
}
