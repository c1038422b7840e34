import { type Band, type BaselineRange, weeksNeeded } from '../../shared/baselines.ts'
import { hourMs, hoursOfWeek } from './weekHours.ts'

/** A whole clock hour in which a stream was on air. `low`, `high`: of the means of its quarter hours. */
export interface HourSeen extends Band {
  readonly at: number
  /** Hour of the week: hours since Monday 00:00. */
  readonly place: number
  /** The stream had an alarm: the hour is not learned, unless it turns out to be at a new level. */
  readonly isTroubled: boolean
}

/** Factor beyond the usual range from which values count as another level; smaller deviations are learned gradually. */
const step = 1.1
/** A level counts as lasting after this time, if at least this many hours were clearly at it. */
const lastsMs = 18 * hourMs
const lastsHours = 3
/** Minimum share of a run's hours clearly at the new level, or of those of a return at the former one. The others also fit the known range: for a camera, those at dusk and dawn. */
const leastSure = 0.75
/** While an hour of the week is not known yet, a change of level is only detected after the stream has been known for this long. */
const youngMs = 7 * 24 * hourMs

/**
 * Learns what is usual for a stream from its observed hours, oldest first. A lasting new level replaces what was known before; if the old level returns
 * and lasts, what was known about it is restored. `changed`: what was before it is not learned. Returns ranges, and how many weeks are known, by hour of the week.
 */
export function learnBaseline(hours: readonly HourSeen[], changed: number | null) {
  let book = newBook()
  let forgotten = changed
  /** What was known before the last change of level. */
  let before: { readonly book: Book; readonly forgotten: number | null } | null = null
  /** Possible beginning of another level. Its hours are not learned until that is decided. */
  let away: Run | null = null

  const sideAt = (hour: HourSeen): Side => {
    const level = levelAt(book, hour.place) ?? (isYoung(book, hour) && before === null ? null : book.all)
    return level && sideOf(hour, level)
  }
  const isAtFormer = (hour: HourSeen): boolean => {
    const level = before && (levelAt(before.book, hour.place) ?? before.book.all)
    return level !== null && sideOf(hour, level) === null
  }
  /** Returns whether it could be decided: what is known for some days only is left for the former level alone. */
  const changeLevel = ({ hours }: Run): boolean => {
    const [first] = hours as [HourSeen]
    if (before !== null && hours.filter(isAtFormer).length >= leastSure * hours.length) {
      book = before.book
      forgotten = before.forgotten
      before = null
      learn(book, hours)
      return true
    }
    if (isYoung(book, first)) return false
    before = { book, forgotten }
    book = newBook()
    forgotten = first.at
    // Hours with alarms are included: they are the new level.
    for (const hour of hours) enter(book, hour)
    return true
  }

  for (const hour of hours) {
    if (changed !== null && hour.at < changed) continue
    const side = sideAt(hour)
    const isOther: boolean = away !== null && side !== null && side !== away.side
    const next: Run | null = away === null || isOther ? side && { side, hours: [hour], sure: [hour] } : longer(away, hour, side !== null)
    if (away !== null && (next === null || isOther)) learn(book, away.hours)
    if (next === null) learn(book, [hour])
    away = next !== null && isLasting(next) && changeLevel(next) ? null : next
  }
  const ranges = book.ofHour.map((entries, place): BaselineRange | null => {
    const level = levelAt(book, place)
    return level && { low: level.low, high: level.high, weeks: entries.length }
  })
  return { ranges, weeks: book.ofHour.map(({ length }) => length), since: book.since, forgotten }
}

/** What is known about each hour of the week, and about all hours together. */
interface Book {
  readonly ofHour: readonly HourSeen[][]
  readonly edges: (Band | null)[]
  all: Band | null
  since: number | null
}
const newBook = (): Book => ({ ofHour: Array.from({ length: hoursOfWeek }, () => []), edges: new Array(hoursOfWeek).fill(null), all: null, since: null })

function enter(book: Book, hour: HourSeen): void {
  const entries = book.ofHour[hour.place] as HourSeen[]
  entries.push(hour)
  book.edges[hour.place] = edgesOf(entries)
  book.all = book.all === null ? hour : { low: Math.min(book.all.low, hour.low), high: Math.max(book.all.high, hour.high) }
  book.since ??= hour.at
}

/** Minimum and maximum over some weeks; with enough weeks, excluding the most extreme one on either side. */
function edgesOf(entries: readonly HourSeen[]): Band {
  const skipped = entries.length >= weeksNeeded ? 1 : 0
  const lows = entries.map(({ low }) => low).sort((a, b) => a - b)
  const highs = entries.map(({ high }) => high).sort((a, b) => b - a)
  return { low: lows[skipped] as number, high: highs[skipped] as number }
}

/** Range of an hour of the week including the hours before and after it: activity that starts early, late or with the sun is also usual. */
function levelAt({ ofHour, edges }: Book, place: number): Band | null {
  const own = edges[place]
  if (!own || (ofHour[place]?.length ?? 0) < weeksNeeded) return null
  const around = [own, edges[(place + hoursOfWeek - 1) % hoursOfWeek], edges[(place + 1) % hoursOfWeek]].filter((one) => one != null)
  return { low: Math.min(...around.map(({ low }) => low)), high: Math.max(...around.map(({ high }) => high)) }
}

type Side = 'above' | 'below' | null
function sideOf({ low, high }: Band, of: Band): Side {
  if (high < of.low / step) return 'below'
  return low > of.high * step ? 'above' : null
}
const isYoung = ({ since }: Book, { at }: HourSeen): boolean => since === null || at - since < youngMs

/** Consecutive hours that seem to be at another level. */
interface Run {
  readonly side: Side
  readonly hours: readonly HourSeen[]
  /** Those of `hours` that are clearly at it. */
  readonly sure: readonly HourSeen[]
}
/** The run with one more hour; null: too few of its hours are clearly at the level, so it is no run any more. */
function longer(run: Run, hour: HourSeen, isSure: boolean): Run | null {
  const hours = [...run.hours, hour]
  const sure = isSure ? [...run.sure, hour] : run.sure
  return sure.length < leastSure * hours.length ? null : { ...run, hours, sure }
}
const isLasting = ({ sure }: Run): boolean => sure.length >= lastsHours && (sure.at(-1) as HourSeen).at + hourMs - (sure[0] as HourSeen).at >= lastsMs

/** Learns hours, except those with alarms. */
function learn(book: Book, hours: readonly HourSeen[]): void {
  for (const hour of hours) if (!hour.isTroubled) enter(book, hour)
}
