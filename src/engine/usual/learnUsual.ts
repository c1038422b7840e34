import { type Forgotten, type UsualRange, weeksNeeded } from '../../shared/usual.ts'
import { hourMs, hoursOfWeek } from './weekHours.ts'

/** An hour on the clock in which a stream was whole and on air. */
export interface HourSeen {
  readonly at: number
  /** Hours since Monday 0 h. */
  readonly place: number
  /** The least and the greatest mean of its quarter hours, and the mean of all. */
  readonly low: number
  readonly high: number
  readonly mean: number
  /** It had an alarm: nothing is learned of it, unless it turns out to be the new level. */
  readonly isTroubled: boolean
}

/** What was learned of a stream. */
export interface Learned {
  /** By hour of the week. */
  readonly ranges: readonly (UsualRange | null)[]
  /** Weeks of each hour of the week. */
  readonly weeks: readonly number[]
  readonly since: number | null
  readonly forgotten: Forgotten | null
}

/** Another level is one beyond what was usual by this factor; less than that is learned in time, as it comes. */
const step = 1.1
/** A level is a lasting one after this time, of which so many hours were clearly at it. */
const lastsMs = 18 * hourMs
const lastsHours = 3
/** Of the hours of a level at most a quarter are within what was known, too: with a camera those at dusk and dawn. */
const leastSure = 0.75
/** Before its hours of the week are known, a stream has to be known for this long before its level can change. */
const youngMs = 7 * 24 * hourMs

interface Level {
  readonly low: number
  readonly high: number
}

/** What is known of each hour of the week, and of all together. */
interface Book {
  readonly ofHour: readonly HourSeen[][]
  readonly edges: (Level | null)[]
  all: Level | null
  since: number | null
}
const newBook = (): Book => ({ ofHour: Array.from({ length: hoursOfWeek }, () => []), edges: new Array(hoursOfWeek).fill(null), all: null, since: null })

function enter(book: Book, hour: HourSeen): void {
  const entries = book.ofHour[hour.place] as HourSeen[]
  const last = entries.at(-1)
  // An hour that the clocks show twice is one of one week.
  if (last !== undefined && hour.at - last.at < 2 * hourMs)
    entries[entries.length - 1] = { ...last, low: Math.min(last.low, hour.low), high: Math.max(last.high, hour.high) }
  else entries.push(hour)
  book.edges[hour.place] = edgesOf(entries)
  book.all = book.all === null ? hour : { low: Math.min(book.all.low, hour.low), high: Math.max(book.all.high, hour.high) }
  book.since ??= hour.at
}

/** The least and the most of some weeks; with enough weeks, without the one that goes furthest on either side. */
function edgesOf(entries: readonly HourSeen[]): Level {
  const skipped = entries.length >= weeksNeeded ? 1 : 0
  const lows = entries.map(({ low }) => low).sort((a, b) => a - b)
  const highs = entries.map(({ high }) => high).sort((a, b) => b - a)
  return { low: lows[skipped] as number, high: highs[skipped] as number }
}

/** Of an hour of the week with the one before and the one after it: what begins early, late or with the sun is usual, too. */
function levelAt({ ofHour, edges }: Book, place: number): Level | null {
  const own = edges[place]
  if (!own || (ofHour[place]?.length ?? 0) < weeksNeeded) return null
  const around = [own, edges[(place + hoursOfWeek - 1) % hoursOfWeek], edges[(place + 1) % hoursOfWeek]].filter((one) => one != null)
  return { low: Math.min(...around.map(({ low }) => low)), high: Math.max(...around.map(({ high }) => high)) }
}

type Side = 'above' | 'below' | null
function sideOf({ low, high }: Level, of: Level): Side {
  if (high < of.low / step) return 'below'
  return low > of.high * step ? 'above' : null
}

/** Hours one after another that seem to be at another level. */
interface Run {
  readonly side: Side
  readonly hours: readonly HourSeen[]
  /** Those of them that are clearly at it. */
  readonly sure: readonly HourSeen[]
}
/** The run with one more hour; null: it is none any more. */
function longer(run: Run, hour: HourSeen, isSure: boolean): Run | null {
  const hours = [...run.hours, hour]
  const sure = isSure ? [...run.sure, hour] : run.sure
  return sure.length < leastSure * hours.length ? null : { ...run, hours, sure }
}
const isLasting = ({ sure }: Run): boolean => sure.length >= lastsHours && (sure.at(-1) as HourSeen).at + hourMs - (sure[0] as HourSeen).at >= lastsMs

/**
 * What is usual for a stream, from the hours that it was seen in, oldest first. A level that lasts replaces what was known before; if the old one comes
 * back and lasts, what was known of it counts again.
 */
export function learnUsual(hours: readonly HourSeen[], changed: Forgotten | null): Learned {
  const learner = createLearner(changed)
  for (const hour of hours) if (changed === null || hour.at >= changed.at) learner.see(hour)
  return learner.learned()
}

function createLearner(changed: Forgotten | null) {
  let book = newBook()
  let forgotten = changed
  /** Towards a new level. What becomes of it is not known yet, so nothing is learned of its hours. */
  let away: Run | null = null
  /** What was known before the level changed last, and the hours that may be the way back. */
  let before: { readonly book: Book; readonly forgotten: Forgotten | null } | null = null
  let back: Run | null = null

  const leaveFor = ({ hours }: Run) => {
    before = { book, forgotten }
    book = newBook()
    forgotten = { at: (hours[0] as HourSeen).at, because: 'level' }
    // Whatever alarms they had: it is the new level.
    for (const hour of hours) enter(book, hour)
    away = null
    back = null
  }
  const returnTo = (old: NonNullable<typeof before>, { hours }: Run) => {
    book = old.book
    forgotten = old.forgotten
    before = null
    away = null
    back = null
    learn(book, hours)
  }
  /** Whether the hour belongs to a way back. */
  const seeBack = (hour: HourSeen): boolean => {
    if (before === null) return false
    const fit = fitsOld(hour, before.book, book)
    const next: Run | null =
      fit === 'not' ? null : back !== null ? longer(back, hour, fit === 'sure') : fit === 'sure' ? { side: null, hours: [hour], sure: [hour] } : null
    if (next === null && back !== null) learn(book, back.hours)
    back = next
    if (next !== null && isLasting(next)) returnTo(before, next)
    return next !== null
  }
  const see = (hour: HourSeen): void => {
    if (seeBack(hour)) return
    const side = sideAt(book, hour)
    const isOther = away !== null && side !== null && side !== away.side
    const next: Run | null = away === null || isOther ? (side === null ? null : { side, hours: [hour], sure: [hour] }) : longer(away, hour, side !== null)
    if (away !== null && (next === null || isOther)) learn(book, away.hours)
    if (next === null) learn(book, [hour])
    away = next
    if (next !== null && isLasting(next)) leaveFor(next)
  }
  return { see, learned: () => learnedOf(book, forgotten) }
}

/** Hours of trouble are not learned of. */
function learn(book: Book, hours: readonly HourSeen[]): void {
  for (const hour of hours) if (!hour.isTroubled) enter(book, hour)
}

/** On which side of what is known an hour lies; null: within it, or not known. */
function sideAt(book: Book, hour: HourSeen): Side {
  const level = levelAt(book, hour.place)
  if (level !== null) return sideOf(hour, level)
  const isYoung = book.since === null || hour.at - book.since < youngMs
  return isYoung || book.all === null ? null : sideOf(hour, book.all)
}

/** Whether an hour is at the level of before: clearly, maybe as it is at the one since, too, or not. */
function fitsOld(hour: HourSeen, old: Book, now: Book): 'sure' | 'maybe' | 'not' {
  const was = levelAt(old, hour.place) ?? old.all
  const is = levelAt(now, hour.place) ?? now.all
  if (was === null || is === null || sideOf(hour, was) !== null) return 'not'
  return sideOf(hour, is) === null ? 'maybe' : 'sure'
}

function learnedOf(book: Book, forgotten: Forgotten | null): Learned {
  const { ofHour, since } = book
  const ranges = ofHour.map((entries, place): UsualRange | null => {
    const level = levelAt(book, place)
    return level && { ...level, median: medianOf(entries.map(({ mean }) => mean)), weeks: entries.length }
  })
  return { ranges, weeks: ofHour.map(({ length }) => length), since, forgotten }
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}
