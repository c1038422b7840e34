import type { StoreFigures } from '../../../shared/history.ts'
import { type Kept, keptKinds, type Tier, tierStepMs } from '../../../shared/tiers.ts'
import type { Database } from '../../storage/openDatabase.ts'
import { dayMs, type StoreLimits } from '../protocol/protocol.ts'
import type { Journal } from './journal.ts'
import { sampleBytes, type Tallies, usedBytes } from './tallies.ts'

/** Bytes stored, since when, and bytes per day. `hotFrom`: time of the oldest data in memory. */
export type LiveFigures = (limits: StoreLimits, hotFrom: number | null) => Pick<StoreFigures, 'bytes' | 'from' | 'kept'>

/** Minimum time for a forecast. */
const shortestLoadMs = 3_600_000
/** From this time on the recent load is a better forecast than the last archive. */
const goodLoadMs = 3 * 3_600_000

interface ListedArchive {
  readonly tier: Tier
  readonly from_at: number
  readonly to_at: number
  readonly bytes: number
}

/** Bytes of the seals of the last day. */
interface Load {
  readonly bytes: Partial<Record<Tier, number>>
  readonly ms: number
}

export function createLiveFigures(db: Database, tallies: Tallies, journal: Pick<Journal, 'freeBytes'>): LiveFigures {
  const sql = {
    samplesFrom: db.prepare<[], number>('SELECT from_at FROM seals WHERE sample_bytes IS NOT 0 ORDER BY to_at LIMIT 1').pluck(),
    minutesFrom: db.prepare<[], number>('SELECT from_at FROM seals WHERE minute_bytes > 0 ORDER BY to_at LIMIT 1').pluck(),
    eventsFrom: db.prepare<[], number | null>('SELECT min(at) FROM events').pluck(),
    archives: db.prepare<[], ListedArchive>('SELECT tier, from_at, to_at, bytes FROM archives ORDER BY from_at'),
    newestSeal: db.prepare<[], number | null>('SELECT max(to_at) FROM seals').pluck(),
    load: db.prepare<[number], { samples: number; minutes: number; from_at: number | null; to_at: number | null }>(
      'SELECT sum(sample_bytes) AS samples, sum(minute_bytes) AS minutes, min(from_at) AS from_at, max(to_at) AS to_at FROM seals WHERE to_at > ? AND form > 1',
    ),
  }

  const loadUntil = (newest: number): Load | null => {
    const load = sql.load.get(newest - dayMs)
    if (load?.from_at == null || load.to_at === null) return null
    return { bytes: { samples: load.samples, minutes: load.minutes }, ms: load.to_at - Math.max(load.from_at, newest - dayMs) }
  }

  return (limits, hotFrom) => {
    const used = usedBytes(db)
    const tallied = tallies.read()
    const archives = sql.archives.all()
    const from = beginnings(archives, {
      samples: oldest(sql.samplesFrom.get(), hotFrom),
      minutes: oldest(sql.minutesFrom.get(), hotFrom),
      events: sql.eventsFrom.get() ?? null,
    })
    const live: Record<Kept, number> = {
      samples: sampleBytes(used, tallied, journal.freeBytes()),
      minutes: tallied.minutes + tallied.facts,
      quarterHours: 0,
      twoHours: 0,
      events: tallied.events,
    }
    const newest = sql.newestSeal.get() ?? null
    const load = newest === null ? null : loadUntil(newest)
    const eventsMs = from.events === null || newest === null ? 0 : newest - from.events
    return {
      bytes: used + sumOf(archives),
      from: oldest(...Object.values(from)),
      kept: keptKinds.map((kept) => {
        const ofTier = archives.filter(({ tier }) => tier === kept)
        return {
          kept,
          limit: limits[kept],
          bytes: live[kept] + sumOf(ofTier),
          from: from[kept],
          bytesPerDay: kept === 'events' ? (eventsMs >= dayMs ? (live.events / eventsMs) * dayMs : null) : perDay(kept, ofTier, load),
        }
      }),
    }
  }
}

const sumOf = (archives: readonly ListedArchive[]): number => archives.reduce((sum, { bytes }) => sum + bytes, 0)

function oldest(...of: readonly (number | null | undefined)[]): number | null {
  const known = of.filter((at) => at != null)
  return known.length === 0 ? null : Math.min(...known)
}

/** Start of the stored data of each tier. `live`: the start in history.db and memory. */
function beginnings(archives: readonly ListedArchive[], live: Record<'samples' | 'minutes' | 'events', number | null>): Record<Kept, number | null> {
  const firstOf = (tier: Tier): number | undefined => archives.find((archive) => archive.tier === tier)?.from_at
  // A bucket starts before its first value: if the finer tier starts within the first bucket, that start is the true one.
  const coarse = (tier: Tier, finer: number | null): number | null => {
    const begins = firstOf(tier) ?? null
    return begins !== null && finer !== null && finer >= begins && finer < begins + tierStepMs[tier] ? finer : begins
  }
  const minutes = oldest(firstOf('minutes'), live.minutes)
  const quarterHours = coarse('quarterHours', minutes)
  return { samples: oldest(firstOf('samples'), live.samples), minutes, quarterHours, twoHours: coarse('twoHours', quarterHours), events: live.events }
}

/** Bytes per day, from the last hours or, if those are too few, from the last archive. */
function perDay(tier: Tier, archives: readonly ListedArchive[], load: Load | null): number | null {
  const byLoad = (leastMs: number): number | null => {
    const bytes = load?.bytes[tier]
    return load && bytes !== undefined && load.ms >= leastMs ? (bytes / load.ms) * dayMs : null
  }
  const last = archives.findLast(({ from_at, to_at }) => to_at - from_at >= dayMs / 2)
  return byLoad(goodLoadMs) ?? (last ? (last.bytes / (last.to_at - last.from_at)) * dayMs : byLoad(shortestLoadMs))
}
