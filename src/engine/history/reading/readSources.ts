import { type Tier, tierStepMs, tiers } from '../../../shared/tiers.ts'
import { dayMs, dayOf } from '../protocol/protocol.ts'

/** A readable archive, and the days (UTC, since 1970) whose seals it contains. A seal belongs to the day on which it began. */
export interface ListedArchive {
  readonly name: string
  readonly tier: Tier
  readonly firstDay: number
  /** Included. */
  readonly lastDay: number
}

/** Some days from one source. */
export interface SourceSpan {
  /** Usually one; more if data came after the first was made. Empty: the live file. */
  readonly archives: readonly ListedArchive[]
  /** Tier of the archives; for the live file the requested tier. */
  readonly tier: Tier
  readonly firstDay: number
  /** Included. */
  readonly lastDay: number
  /** Only data in [after, before) is used: a file of several days also covers days that come from a better source. */
  readonly after: number
  readonly before: number
}
type OpenSpan = { -readonly [K in keyof SourceSpan]: SourceSpan[K] }

/**
 * Chooses the source for each day between `from` and `to`, oldest first, so that every seal is read exactly once. If the
 * wanted tier is gone, the next coarser one is used; if there is none, the next finer one. `liveDays` are the days on
 * which seals of the live file began.
 */
export function planSources(archives: readonly ListedArchive[], liveDays: ReadonlySet<number>, tier: Tier, from: number, to: number): SourceSpan[] {
  // A seal that overlaps the range may have begun on the day before.
  const fromDay = dayOf(from) - 1
  const toDay = dayOf(to)
  const byDay = new Map<number, Map<Tier, ListedArchive[]>>()
  for (const archive of archives)
    for (let day = Math.max(fromDay, archive.firstDay), last = Math.min(toDay, archive.lastDay); day <= last; day++) {
      const there = byDay.get(day) ?? new Map<Tier, ListedArchive[]>()
      byDay.set(day, there)
      const parts = there.get(archive.tier)
      if (parts) parts.push(archive)
      else there.set(archive.tier, [archive])
    }
  const want = tiers.indexOf(tier)
  const spans: OpenSpan[] = []
  const put = (day: number, from: readonly ListedArchive[], of: Tier): void => {
    const last = spans.at(-1)
    if (last && last.tier === of && last.lastDay === day - 1 && sameArchives(last.archives, from)) last.lastDay = day
    else spans.push({ archives: from, tier: of, firstDay: day, lastDay: day, after: Number.NEGATIVE_INFINITY, before: Number.POSITIVE_INFINITY })
  }
  const days = [...new Set([...byDay.keys(), ...liveDays])].filter((day) => day >= fromDay && day <= toDay).sort((a, b) => a - b)
  for (const day of days) {
    const there = byDay.get(day)
    const live = liveDays.has(day)
    const order: readonly (Tier | 'live')[] = [
      tier,
      // Samples of a day that is just being archived.
      ...(want === 0 ? (['live'] as const) : []),
      ...tiers.slice(want + 1),
      'live',
      ...tiers.slice(0, want).reverse(),
    ]
    for (const source of order) {
      if (source === 'live') {
        if (!live) continue
        put(day, [], tier)
        break
      }
      const parts = there?.get(source)
      if (!parts) continue
      put(day, parts, source)
      break
    }
  }
  cutWhereSharesOverlap(spans)
  return spans
}

const sameArchives = (a: readonly ListedArchive[], b: readonly ListedArchive[]): boolean => a.length === b.length && a.every((one, i) => one === b[i])

/**
 * A seal that began before midnight reaches into the next day. Files of single days never overlap. A file of several days has
 * aggregated that seal, so the border to its neighbour is a point in time, at an edge of its buckets.
 */
function cutWhereSharesOverlap(spans: OpenSpan[]): void {
  for (const [i, span] of spans.entries()) {
    const reachesOn = span.archives.some(({ lastDay }) => lastDay > span.lastDay)
    const midnight = (span.lastDay + 1) * dayMs
    const next = spans[i + 1]
    const nextBegan = next?.archives.some(({ firstDay }) => firstDay < next.firstDay) ?? false
    if (!next || next.firstDay > span.lastDay + 1) {
      if (reachesOn) span.before = midnight + tierStepMs[span.tier]
      if (next && nextBegan) next.after = next.firstDay * dayMs
      continue
    }
    if (nextBegan) {
      span.before = midnight
      next.after = midnight
    } else if (reachesOn) {
      span.before = tierStepMs[next.tier] > tierStepMs[span.tier] ? midnight : midnight + tierStepMs[span.tier]
      next.after = span.before
    }
  }
}
