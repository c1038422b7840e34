import { join } from 'node:path'
import { type Tier, tiers } from '../../../shared/tiers.ts'
import type { Database } from '../../storage/openDatabase.ts'
import { listedArchives, openArchive, parseArchiveName, periodSpan } from '../archive/archive.ts'
import { type ArchiveEntry, dayMs } from '../protocol/protocol.ts'
import { daysOf } from './archiveDay.ts'

export interface ArchiveUsage {
  readonly tier: Tier
  readonly files: number
  readonly bytes: number
  readonly from: number | null
  /** Average of the last complete days; null: there is none. */
  readonly bytesPerDay: number | null
}

/** Complete days used for a forecast. */
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

/** Average bytes of the last complete days. For months and years: the newest file's bytes divided by its days. */
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
  // The day on which mtxdeck was first started is usually incomplete.
  const whole = [...days].sort(([a], [b]) => (a < b ? -1 : 1)).filter(([period]) => (periodSpan(period)?.from ?? 0) >= first - dayMs / 24)
  const last = whole.slice(-daysOfForecast)
  return last.length === 0 ? null : last.reduce((sum, [, bytes]) => sum + bytes, 0) / last.length
}
