import { RRuleTemporal } from 'rrule-temporal'
import { Temporal } from 'temporal-polyfill'
import { type Span, windowsAhead } from '../../shared/maintenance.ts'
import { readWeekly } from '../../shared/onAir.ts'

// Calculates when windows are; pure functions.

/** The first window, and its recurrence rule. */
interface Recurring {
  /** Wall time, such as 2026-11-28T02:00. */
  readonly start: string
  readonly zone: Zone
  readonly lengthMs: number
  /** The length is in wall time: when clocks change within the window, its end keeps its time of day. */
  readonly isOnClock?: boolean
  /** RFC 5545; null: once. */
  readonly rrule: string | null
  /** Wall times of omitted occurrences. */
  readonly except?: ReadonlySet<string>
}

/** Converts between wall time and epoch time. */
export interface Zone {
  /** A wall time skipped by a clock change is moved forward by the length of the gap; of one that occurs twice, the first counts. */
  readonly at: (wall: string) => number
  /** The wall time at an epoch time. */
  readonly wallAt: (at: number) => string
}

export function namedZone(name: string): Zone {
  return {
    at: (wall) => Temporal.PlainDateTime.from(wall).toZonedDateTime(name, { disambiguation: 'compatible' }).epochMilliseconds,
    wallAt: (at) => Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(name).toPlainDateTime().toString(),
  }
}

/** Windows, earliest first. */
export interface Windows {
  /** Windows that are open at a time or begin after it, at most `most`. */
  readonly from: (at: number, most: number) => readonly Span[]
}
/** Windows by a rule, whose work can be given up at each step. */
interface RecurringWindows extends Windows {
  /** The same one by one; null: an occurrence that is none. */
  readonly each: (at: number) => Iterable<Span | null>
}

const hourMs = 3_600_000
/** How many days, weeks, months and years without an occurrence are looked through: 40 years, all combinations of weekdays and leap years, or 400. */
const mostDays = 14_700
const mostPeriods: Readonly<Record<string, number>> = { WEEKLY: 2_100, MONTHLY: 500, YEARLY: 400 }
/** Maximum change of clocks at once. */
const mostShiftMs = 26 * hourMs

/**
 * Windows of a recurrence rule. The rule is evaluated in wall time, and each wall time is then converted: evaluated in the zone itself, the library leaves
 * out the day on which a clock change skips its time.
 */
export function recurringWindows({ start, zone, lengthMs, isOnClock = false, rrule, except }: Recurring): RecurringWindows {
  const spanAt = (wall: string): Span => {
    const from = zone.at(wall)
    return { from, to: isOnClock ? zone.at(wallText(wallMs(wall) + lengthMs)) : from + lengthMs }
  }
  if (rrule === null) {
    const only = spanAt(start)
    return steps(function* (at) {
      yield only.to > at ? only : null
    })
  }
  const rule = new RRuleTemporal({
    rruleString: inWallTime(rrule, zone),
    dtstart: Temporal.PlainDateTime.from(start).toZonedDateTime('UTC'),
    temporal: Temporal,
    cache: false,
    maxIterations: mostPeriods[/FREQ=(\w+)/.exec(rrule)?.[1] ?? ''] ?? mostDays,
  })
  // With COUNT, each query would evaluate the rule from its start.
  const counted = /COUNT=/.test(rrule) ? notEndless(() => rule.all(), []) : null
  const nextByRule = (after: number): number | null =>
    (counted === null ? notEndless(() => rule.next(new Date(after)), null) : counted.find(({ epochMilliseconds }) => epochMilliseconds > after))
      ?.epochMilliseconds ?? null
  // The start always counts, even if the rule does not match it. The library supports that, but is 30 times slower then.
  const startMs = wallMs(start)
  const nextAfter = (after: number): number | null => {
    const byRule = nextByRule(after)
    return startMs > after && (byRule === null || startMs < byRule) ? startMs : byRule
  }
  return steps(function* (at) {
    let after = wallMs(zone.wallAt(at - lengthMs)) - mostShiftMs
    for (let next = nextAfter(after); next !== null; next = nextAfter(after)) {
      after = next
      const wall = wallText(next)
      const span = except?.has(wall) === true ? null : spanAt(wall)
      yield span !== null && span.to > at ? span : null
    }
  })
}

function steps(each: RecurringWindows['each']): RecurringWindows {
  return {
    each,
    from: (at, most) => {
      const spans: Span[] = []
      for (const span of most > 0 ? each(at) : []) if (span !== null && spans.push(span) >= most) break
      return spans
    },
  }
}

/** Daily windows from a time of day such as `06:00`, in a time zone. */
export function dailyWindows({ at, zone, windowMinutes }: { readonly at: string; readonly zone: string; readonly windowMinutes: number }): Windows {
  return recurringWindows({ start: `2024-01-01T${at}:00`, zone: namedZone(zone), lengthMs: windowMinutes * 60_000, rrule: 'FREQ=DAILY' })
}

/** Result of `look`; `otherwise` if the library gave up because no day matches. */
function notEndless<Found>(look: () => Found, otherwise: Found): Found {
  try {
    return look()
  } catch (error) {
    if (error instanceof Error && /^Maximum .* exceeded/.test(error.message)) return otherwise
    throw error
  }
}

export function joinedWindows(all: readonly Windows[]): Windows {
  return {
    from: (at, most) =>
      all
        .flatMap((windows) => windows.from(at, most))
        .sort((a, b) => a.from - b.from)
        .slice(0, most),
  }
}

/** Windows from a list, sorted by their beginning. */
export function listedWindows(spans: readonly Span[]): Windows {
  return { from: (at, most) => spans.filter(({ to }) => to > at).slice(0, most) }
}

export function contains({ from, to }: Span, at: number): boolean {
  return at >= from && at < to
}

/** Current and next windows, valid for a span of time. */
export interface Outlook {
  readonly now: Span | null
  readonly next: readonly Span[]
  readonly valid: Span
}

const dayMs = 86_400_000
/** Maximum number of windows of one plan at the same time: the longest last a month, and may begin daily. */
const mostAtOnce = 40

/** Of several current windows, the one that ends last counts. */
export function outlookAt(windows: Windows, at: number): Outlook {
  const spans = windows.from(at, windowsAhead + mostAtOnce)
  const current = spans.filter(({ from }) => from <= at)
  const next = spans.filter(({ from }) => from > at)
  const edges = [...current.map(({ to }) => to), ...next.map(({ from }) => from), at + dayMs]
  return {
    now: current.reduce<Span | null>((latest, span) => (latest === null || span.to > latest.to ? span : latest), null),
    next: next.slice(0, windowsAhead),
    valid: { from: at, to: Math.min(...edges) },
  }
}

/** Any Monday in the past. */
const monday = Date.UTC(2024, 0, 1)

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

const wallMs = (wall: string): number => Temporal.PlainDateTime.from(wall).toZonedDateTime('UTC').epochMilliseconds

const wallText = (ms: number): string => new Date(ms).toISOString().slice(0, 19)

/** The rule with its end as wall time, written as if in UTC. */
function inWallTime(rrule: string, zone: Zone): string {
  return rrule.replace(/UNTIL=(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?/, (_, year, month, day, hour = '23', minute = '59', second = '59', utc = '') => {
    const text = `${year}-${month}-${day}T${hour}:${minute}:${second}`
    const wall = utc === 'Z' ? zone.wallAt(wallMs(text)) : text
    return `UNTIL=${Temporal.PlainDateTime.from(wall).toString({ smallestUnit: 'second' }).replaceAll(/[-:]/g, '')}Z`
  })
}
