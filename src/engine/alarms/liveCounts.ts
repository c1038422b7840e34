import type { StreamOrigin } from '../../shared/alarms.ts'
import { networkOf } from './networkOf.ts'

/** Maximum number of passes over all streams per second. */
const mostCounts = 3
const cachedMs = 2_000

type EachLive = (visit: (origin: StreamOrigin, path: string) => void) => void

/** Counts live streams by shared properties, with keys `kind value`. */
export function createLiveCounts(eachLive: EachLive) {
  /** Cached counts. */
  const counted = new Map<string, number>()
  let countedAt = Number.NEGATIVE_INFINITY
  let counts = 0
  let countsSince = Number.NEGATIVE_INFINITY
  return {
    /** Counts the live streams for all of these keys in one pass, unless they are cached. */
    countFor: (wanted: ReadonlySet<string>, at: number): void => {
      if (at - countedAt > cachedMs) counted.clear()
      const missing = [...wanted].filter((live) => !counted.has(live))
      if (at - countsSince >= 1_000) {
        counts = 0
        countsSince = at
      }
      if (missing.length === 0 || counts >= mostCounts) return
      counts++
      countedAt = at
      for (const [live, streams] of countLive(eachLive, missing)) counted.set(live, streams)
    },
    /** null: not counted. */
    of: (live: string): number | null => counted.get(live) ?? null,
  }
}

/** Allocates nothing for streams that match no key: there may be 100,000. */
function countLive(eachLive: EachLive, lives: readonly string[]): ReadonlyMap<string, number> {
  const wanted = {
    address: new Map<string, number>(),
    network: new Map<string, number>(),
    source: new Map<string, number>(),
    agent: new Map<string, number>(),
    path: new Map<string, number>(),
  }
  for (const live of lives) {
    const end = live.indexOf(' ')
    wanted[live.slice(0, end) as keyof typeof wanted].set(live.slice(end + 1), 0)
  }
  const add = (counts: Map<string, number>, value: string | null) => {
    const before = counts.size === 0 || value === null ? undefined : counts.get(value)
    if (before !== undefined && value !== null) counts.set(value, before + 1)
  }
  /** The first three parts of IPv4 networks. */
  const prefixes = new Set(Array.from(wanted.network.keys(), (network) => network.replace(/0\/24$/, '')))
  eachLive(({ address, agent, source }, path) => {
    add(wanted.address, address)
    add(wanted.source, source)
    add(wanted.agent, agent)
    add(wanted.path, path)
    if (address !== null && prefixes.size > 0 && (address.includes(':') || prefixes.has(address.slice(0, address.lastIndexOf('.') + 1))))
      add(wanted.network, networkOf(address))
  })
  return new Map(Object.entries(wanted).flatMap(([kind, counts]) => Array.from(counts, ([value, streams]) => [`${kind} ${value}`, streams] as const)))
}
