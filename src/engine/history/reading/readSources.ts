import { type Tier, tierStepMs, tiers } from '../../../shared/history.ts'
import { dayMs, dayOf } from '../protocol/protocol.ts'

/** An archive that can be read, and the days (UTC, since 1970) whose seals are in it. A seal belongs to the day it began in. */
export interface ListedArchive {
  readonly name: string
  readonly tier: Tier
  readonly firstDay: number
  /** Included. */
  readonly lastDay: number
}

/** Some days from one source. */
export interface SourceSpan {
  /** Mostly one; what came after that was made is in others. None: the live file. */
  readonly archives: readonly ListedArchive[]
  /** How fine it is; of the live file: how fine it is wanted. */
  readonly tier: Tier
  readonly firstDay: number
  /** Included. */
  readonly lastDay: number
  /** Only what is from [after, before) counts: a file of several days also holds some that come from a better source. */
  readonly after: number
  readonly before: number
}
type OpenSpan = { -readonly [K in keyof SourceSpan]: SourceSpan[K] }

/**
 * Where each day that `from` to `to` touches comes from, oldest first; every seal is in one of them, and in one only.
 * Where the wanted tier is gone, the next coarser that is there; where there is none, the next finer. `liveDays`
 * are those on which seals of the live file began.
 */
export function planSources(archives: readonly ListedArchive[], liveDays: ReadonlySet<number>, tier: Tier, from: number, to: number): SourceSpan[] {
  // A seal may have begun on the day before.
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
      // Samples of a day whose archive is just being made.
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
 * A seal that began before midnight reaches into the next day. Between files of one day nothing is twice there. A file of
 * more days has added up both, so the border between it and its neighbour is a moment, on an edge of its buckets.
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
