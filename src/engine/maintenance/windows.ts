import { RRuleTemporal } from 'rrule-temporal'
import { Temporal } from 'temporal-polyfill'
import type { Span } from '../../shared/maintenance.ts'

// When windows are, pure.

/** A first window, and the rule by which it recurs. */
export interface Recurring {
  /** Wall time, such as 2026-11-28T02:00. */
  readonly start: string
  readonly zone: Zone
  readonly lengthMs: number
  /** The length is one on the clock: on days on which clocks are set, the end keeps its time of day. */
  readonly isOnClock?: boolean
  /** RFC 5545; null: once. */
  readonly rrule: string | null
  /** Wall times at which there is none. */
  readonly except?: ReadonlySet<string>
}

/** How wall time becomes time. */
export interface Zone {
  /** The moment at which clocks show a time. One that they skip is as long after the gap as it lies in it; of one that they show twice the first. */
  readonly at: (wall: string) => number
  /** What clocks show at a moment. */
  readonly wallAt: (at: number) => string
}

export function namedZone(name: string): Zone {
  return {
    at: (wall) => Temporal.PlainDateTime.from(wall).toZonedDateTime(name, { disambiguation: 'compatible' }).epochMilliseconds,
    wallAt: (at) => Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(name).toPlainDateTime().toString(),
  }
}

/** Windows in time, the earliest first. */
export interface Windows {
  /** Those that last at a moment or begin after it, at most `most`. */
  readonly from: (at: number, most: number) => readonly Span[]
}

const hourMs = 3_600_000
/** No clock is set further than this at once. */
const mostShiftMs = 26 * hourMs

/**
 * Windows by a rule. The rule runs on wall time alone, and each wall time is then looked up in its zone: run in the zone itself, it leaves out the day on
 * which the clocks skip its time.
 */
export function recurringWindows({ start, zone, lengthMs, isOnClock = false, rrule, except }: Recurring): Windows {
  const spanAt = (wall: string): Span => {
    const from = zone.at(wall)
    return { from, to: isOnClock ? zone.at(wallText(wallMs(wall) + lengthMs)) : from + lengthMs }
  }
  if (rrule === null) {
    const only = spanAt(start)
    return { from: (at, most) => (only.to > at ? [only].slice(0, most) : []) }
  }
  const rule = new RRuleTemporal({
    rruleString: inWallTime(rrule, zone),
    dtstart: Temporal.PlainDateTime.from(start).toZonedDateTime('UTC'),
    temporal: Temporal,
    cache: false,
  })
  // Each look at a rule with a count runs it from its start.
  const counted = /COUNT=/.test(rrule) ? notEndless(() => rule.all(), []) : null
  const nextByRule = (after: number): number | null =>
    (counted === null ? notEndless(() => rule.next(new Date(after)), null) : counted.find(({ epochMilliseconds }) => epochMilliseconds > after))
      ?.epochMilliseconds ?? null
  // The start is one, also where the rule does not name it. The library can do that, too, and is 30 times slower then.
  const startMs = wallMs(start)
  const nextAfter = (after: number): number | null => {
    const byRule = nextByRule(after)
    return startMs > after && (byRule === null || startMs < byRule) ? startMs : byRule
  }
  return {
    from: (at, most) => {
      const spans: Span[] = []
      let after = wallMs(zone.wallAt(at - lengthMs)) - mostShiftMs
      while (spans.length < most) {
        const next = nextAfter(after)
        if (next === null) break
        after = next
        const wall = wallText(next)
        if (except?.has(wall) === true) continue
        const span = spanAt(wall)
        if (span.to > at) spans.push(span)
      }
      return spans
    },
  }
}

/** A window a day, which begins at a time of day such as `06:00` on the clocks of a zone. */
export function dailyWindows({ at, zone, windowMinutes }: { readonly at: string; readonly zone: string; readonly windowMinutes: number }): Windows {
  return recurringWindows({ start: `2024-01-01T${at}:00`, zone: namedZone(zone), lengthMs: windowMinutes * 60_000, rrule: 'FREQ=DAILY' })
}

/** What a rule finds; `otherwise` if the library gave up because no day fits. */
function notEndless<Found>(look: () => Found, otherwise: Found): Found {
  try {
    return look()
  } catch (error) {
    if (error instanceof Error && /^Maximum .* exceeded/.test(error.message)) return otherwise
    throw error
  }
}

/** Windows of several kinds together. */
export function joinedWindows(all: readonly Windows[]): Windows {
  return {
    from: (at, most) =>
      all
        .flatMap((windows) => windows.from(at, most))
        .sort((a, b) => a.from - b.from)
        .slice(0, most),
  }
}

/** Windows of a list, which is sorted by their begin. */
export function listedWindows(spans: readonly Span[]): Windows {
  return { from: (at, most) => spans.filter(({ to }) => to > at).slice(0, most) }
}

const wallMs = (wall: string): number => Temporal.PlainDateTime.from(wall).toZonedDateTime('UTC').epochMilliseconds

const wallText = (ms: number): string => new Date(ms).toISOString().slice(0, 19)

/** The rule with its end in wall time, as if that were UTC. */
function inWallTime(rrule: string, zone: Zone): string {
  return rrule.replace(/UNTIL=(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?/, (_, year, month, day, hour = '23', minute = '59', second = '59', utc = '') => {
    const text = `${year}-${month}-${day}T${hour}:${minute}:${second}`
    const wall = utc === 'Z' ? zone.wallAt(wallMs(text)) : text
    return `UNTIL=${Temporal.PlainDateTime.from(wall).toString({ smallestUnit: 'second' }).replaceAll(/[-:]/g, '')}Z`
  })
}
