import type Ical from 'ical.js'
import type { Slices } from '../../clock/slices.ts'
import { type CalendarProblem, type Span, wrongPartOf } from '../../shared/maintenance.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { loadWhenUsed } from '../loadWhenUsed.ts'
import { namedZone, recurringWindows, type Zone } from './windows.ts'

/** The library that parses iCalendar (RFC 5545). */
const ical = loadWhenUsed<typeof Ical>('ical.js')

export const mostCalendarBytes = 5_000_000
export const mostEvents = 10_000
/** Maximum length of one event or zone; an event of many years with an exception each week is shorter. */
const longestPart = 100_000
const mostZones = 200
/** Rules of one zone; those of the tz database have fewer. Clocks change on a day of one month a year. */
const mostZoneRules = 20
const changeOfClocks = /^FREQ=YEARLY(?:;(?:BYMONTH=\d+|BYDAY=[+-]?\d?[A-Z]{2}|BYMONTHDAY=[-+\d,]+|UNTIL=[-:\dTZ]+|INTERVAL=1|COUNT=\d+|WKST=[A-Z]{2}))*$/i
/** How far ahead the windows of a calendar are computed, ms; it is read again long before. */
const horizonMs = 100 * 86_400_000
const mostPerEvent = 60
const mostWindows = 2_000
/** Longest event, ms. */
const longestMs = 366 * 86_400_000
/** How long one event may be worked on, and a calendar; what is beyond is left out. */
const mostEventMs = 200
const mostCalendarMs = 10_000

interface ParsedEvent {
  readonly uid: string
  readonly zone: Zone
  readonly start: string
  readonly lengthMs: number
  readonly rules: readonly string[]
  readonly extra: readonly string[]
  readonly except: readonly string[]
  /** The occurrence of another event that this event replaces. */
  readonly replaces: string | null
  readonly isCancelled: boolean
}

/**
 * Reads the next windows after a time from an iCalendar, earliest first. `zone`: for times without one. `leftOut`: number of events that can't be interpreted,
 * or take too long. Works in slices.
 */
export async function readCalendar(
  text: string,
  { at, zone, slices, signal }: { readonly at: number; readonly zone: string; readonly slices: Slices; readonly signal: AbortSignal },
): Promise<Result<{ readonly spans: readonly Span[]; readonly leftOut: number }, CalendarProblem>> {
  if (!/^\uFEFF?\s*BEGIN:VCALENDAR\s/i.test(text) || !/\nEND:VCALENDAR\s*$/i.test(text)) return err({ kind: 'notACalendar' })
  const parts = partsOf(text, 'VEVENT', mostEvents)
  if (parts === null) return err({ kind: 'tooLarge' })
  const zones = zonesOf(text, zone)
  const slice = slices.begin()
  const events: ParsedEvent[] = []
  let leftOut = 0
  for (const part of parts) {
    const event = slice.workedMs() > mostCalendarMs ? null : parsedEvent(part, zones)
    if (event === null) leftOut++
    else events.push(event)
    if (slice.isOver()) await slice.next(signal)
  }
  /** Wall times of occurrences that other events replace, by event id. */
  const replaced = new Map<string, string[]>()
  for (const { uid, replaces } of events) {
    if (replaces === null) continue
    const walls = replaced.get(uid)
    if (walls === undefined) replaced.set(uid, [replaces])
    else walls.push(replaces)
  }
  const spans: Span[] = []
  for (const event of events) {
    const began = slice.workedMs()
    let found: Span[] | null = began > mostCalendarMs ? null : []
    for (const span of found === null ? [] : windowsOf(event, event.replaces === null ? (replaced.get(event.uid) ?? []) : [], at)) {
      if (span !== null) found?.push(span)
      if (slice.workedMs() - began > mostEventMs) found = null
      if (slice.isOver()) await slice.next(signal)
      if (found === null) break
    }
    if (found === null) leftOut++
    else spans.push(...found)
    if (slice.isOver()) await slice.next(signal)
  }
  spans.sort((a, b) => a.from - b.from)
  return ok({ spans: spans.slice(0, mostWindows), leftOut })
}

/** The components of one kind, each from BEGIN to END; null: more than `most`. */
function partsOf(text: string, kind: string, most: number): readonly string[] | null {
  const parts: string[] = []
  const edge = new RegExp(`^(BEGIN|END):${kind}[ \\t]*\\r?$`, 'gim')
  let begin: number | null = null
  for (const found of text.matchAll(edge)) {
    if (found[1]?.toUpperCase() === 'BEGIN') begin = found.index
    else if (begin !== null) {
      if (parts.length === most) return null
      parts.push(text.slice(begin, found.index + found[0].length))
      begin = null
    }
  }
  return parts
}

/** Finds a time zone by name: a standard one, or one defined in the calendar. */
function zonesOf(text: string, usual: string): (name: string | null) => Zone | null {
  const own = new Map<string, Zone>()
  for (const part of partsOf(text, 'VTIMEZONE', mostZones) ?? []) {
    const zone = part.length > longestPart ? null : ownZone(part)
    if (zone !== null) own.set(zone.name, zone.zone)
  }
  const known = new Map<string, Zone | null>()
  return (name) => {
    const asked = name ?? usual
    const before = known.get(asked)
    if (before !== undefined) return before
    const zone = isNamed(asked) ? namedZone(asked) : (own.get(asked) ?? null)
    known.set(asked, zone)
    return zone
  }
}

function isNamed(zone: string): boolean {
  try {
    namedZone(zone).wallAt(0)
    return true
  } catch {
    return false
  }
}

function ownZone(part: string): { readonly name: string; readonly zone: Zone } | null {
  try {
    const component = new (ical().Component)(ical().parse(part))
    // The library works out each change of the clocks since the first one, all at once.
    const rules = component.getAllSubcomponents().flatMap((change) => change.getAllProperties('rrule'))
    if (rules.length > mostZoneRules || rules.some((rule) => !changeOfClocks.test(String(rule.getFirstValue())))) return null
    const zone = new (ical().Timezone)(component)
    return {
      name: zone.tzid,
      zone: {
        at: (wall) => {
          const time = ical().Time.fromDateTimeString(wall)
          time.zone = zone
          return time.toUnixTime() * 1000
        },
        wallAt: (at) => {
          const utc = ical().Time.fromDateTimeString(`${new Date(Math.floor(at / 1000) * 1000).toISOString().slice(0, 19)}Z`)
          return utc.convertToZone(zone).toString().slice(0, 19)
        },
      },
    }
  } catch {
    return null
  }
}

/** null: it can't be interpreted. */
function parsedEvent(part: string, zoneOf: (name: string | null) => Zone | null): ParsedEvent | null {
  if (part.length > longestPart) return null
  try {
    const event = new (ical().Component)(ical().parse(part))
    const start = timeOf(event.getFirstProperty('dtstart'), zoneOf)
    if (start === null) return null
    const { zone } = start
    const wallsOf = (name: string): readonly string[] =>
      event.getAllProperties(name).flatMap((property) => property.getValues().map((value: unknown) => wallIn(zone, start.wall, value, property, zoneOf)))
    const lengthMs = lengthOf(event, start, zoneOf)
    const rules = event.getAllProperties('rrule').map((property) => String(property.getFirstValue()).toUpperCase())
    if (lengthMs === null || rules.some((rule) => wrongPartOf(rule) !== null)) return null
    return {
      uid: String(event.getFirstPropertyValue('uid') ?? ''),
      zone,
      start: start.wall,
      lengthMs,
      rules,
      extra: wallsOf('rdate'),
      except: wallsOf('exdate'),
      replaces: wallsOf('recurrence-id')[0] ?? null,
      isCancelled: String(event.getFirstPropertyValue('status') ?? '').toUpperCase() === 'CANCELLED',
    }
  } catch {
    // The library throws plain errors for anything it does not support.
    return null
  }
}

interface ZonedTime {
  readonly zone: Zone
  /** 2026-11-28T02:00:00. */
  readonly wall: string
  readonly isDate: boolean
}

function timeOf(property: Ical.Property | null, zoneOf: (name: string | null) => Zone | null): ZonedTime | null {
  const value: unknown = property?.getFirstValue()
  if (property === null || !(value instanceof ical().Time)) return null
  const tzid = property.getFirstParameter('tzid')
  const zone = zoneOf(value.zone === ical().Timezone.utcTimezone ? 'UTC' : (tzid ?? null))
  return zone && { zone, wall: wallText(value), isDate: value.isDate }
}
function wallText(time: Ical.Time): string {
  const text = time.toString().replace(/Z$/, '')
  // Throws for invalid times.
  namedZone('UTC').at(text)
  return time.isDate ? `${text}T00:00:00` : text
}

/** Converts a time to the wall time of another zone. A date stands for the event's time of day on it. */
function wallIn(zone: Zone, startWall: string, value: unknown, property: Ical.Property, zoneOf: (name: string | null) => Zone | null): string {
  const time = value instanceof ical().Period ? value.start : value
  if (!(time instanceof ical().Time)) throw new Error('not a time')
  if (time.isDate) return wallText(time).slice(0, 10) + startWall.slice(10)
  const tzid = property.getFirstParameter('tzid')
  const own = time.zone === ical().Timezone.utcTimezone ? zoneOf('UTC') : tzid === undefined ? zone : zoneOf(tzid)
  if (own === null) throw new Error('unknown zone')
  return own === zone ? wallText(time) : zone.wallAt(own.at(wallText(time)))
}

/** null: it has no end. */
function lengthOf(event: Ical.Component, start: ZonedTime, zoneOf: (name: string | null) => Zone | null): number | null {
  const from = start.zone.at(start.wall)
  const end = timeOf(event.getFirstProperty('dtend'), zoneOf)
  const duration: unknown = event.getFirstPropertyValue('duration')
  const dayMs = 86_400_000
  const ms = end !== null ? end.zone.at(end.wall) - from : duration instanceof ical().Duration ? duration.toSeconds() * 1000 : start.isDate ? dayMs : 0
  return ms > 0 && ms <= longestMs ? ms : null
}

/** Windows one by one; null: a step without one. */
function* windowsOf(
  { zone, start, lengthMs, rules, extra, except, isCancelled }: ParsedEvent,
  replaced: readonly string[],
  at: number,
): Generator<Span | null, void> {
  if (isCancelled) return
  const without = new Set([...except, ...replaced])
  for (const rrule of rules) {
    let found = 0
    for (const span of recurringWindows({ start, zone, lengthMs, rrule, except: without }).each(at)) {
      if (span !== null && (span.from >= at + horizonMs || ++found > mostPerEvent)) break
      yield span
    }
    // What the rule came to before it ended is work, too.
    yield null
  }
  for (const wall of new Set([...(rules.length === 0 ? [start] : []), ...extra])) {
    if (without.has(wall)) continue
    for (const span of recurringWindows({ start: wall, zone, lengthMs, rrule: null }).each(at)) yield span !== null && span.from < at + horizonMs ? span : null
  }
}
