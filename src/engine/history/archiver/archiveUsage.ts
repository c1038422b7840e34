import { join } from 'node:path'
import { type Tier, tiers } from '../../../shared/history.ts'
import type { Database } from '../../storage/openDatabase.ts'
import { listedArchives, openArchive, parseArchiveName, periodSpan } from '../archive/archive.ts'
import { type ArchiveEntry, dayMs } from '../protocol/protocol.ts'
import { daysOf } from './archiveDay.ts'

export interface ArchiveUsage {
  readonly tier: Tier
  readonly files: number
  readonly bytes: number
  readonly from: number | null
  /** Of the last days that are whole; null: there is none. */
  readonly bytesPerDay: number | null
}

/** So many whole days a forecast is made of. */
const daysOfForecast = 7

export function usageOf(history: Database, folder: string): ArchiveUsage[] {
  const entries = listedArchives(history)
  return tiers.map((tier) => {
    const ofTier = entries.filter((entry) => entry.tier === tier)
    return {
      tier,
      files: ofTier.length,
      bytes: ofTier.reduce((sum, { bytes }) => sum + bytes, 0),
      from: ofTier.length === 0 ? null : Math.min(...ofTier.map(({ from }) => from)),
      bytesPerDay: perDay(folder, tier, ofTier),
    }
  })
}

/** Bytes of the last whole days, on average; of a month's or year's newest file by the days in it. */
function perDay(folder: string, tier: Tier, entries: readonly ArchiveEntry[]): number | null {
  if (tier === 'quarterHours' || tier === 'twoHours') {
    const newest = entries.at(-1)
    const opened = newest && openArchive(join(folder, newest.name))
    if (!newest || !opened?.ok) return null
    const days = new Set(daysOf(opened.value.meta()).map((name) => parseArchiveName(name)?.period)).size
    opened.value.close()
    return days === 0 ? null : newest.bytes / days
  }
  const days = new Map<string, number>()
  let first = Number.POSITIVE_INFINITY
  for (const { name, bytes, from } of entries) {
    const period = parseArchiveName(name)?.period ?? ''
    days.set(period, (days.get(period) ?? 0) + bytes)
    if (from < first) first = from
  }
  // The day that mtxdeck first ran on is mostly no whole one.
  const whole = [...days].sort(([a], [b]) => (a < b ? -1 : 1)).filter(([period]) => (periodSpan(period)?.from ?? 0) >= first - dayMs / 24)
  const last = whole.slice(-daysOfForecast)
  return last.length === 0 ? null : last.reduce((sum, [, bytes]) => sum + bytes, 0) / last.length
}
