import type { StreamOrigin } from '../../shared/alarms.ts'
import { networkOf } from './networkOf.ts'

/** All streams are looked through at most so often within a second. */
const mostLooks = 3
const lookKeptMs = 2_000

type EachLive = (visit: (origin: StreamOrigin) => void) => void

/** Counts live streams by what they share, as `kind value`. */
export function createLiveCounts(eachLive: EachLive) {
  /** As counted at a moment. */
  const counted = new Map<string, number>()
  let countedAt = Number.NEGATIVE_INFINITY
  let looks = 0
  let looksSince = Number.NEGATIVE_INFINITY
  return {
    /** Counts the live streams for all of these at once. */
    look: (wanted: ReadonlySet<string>, at: number): void => {
      if (at - countedAt > lookKeptMs) counted.clear()
      const missing = [...wanted].filter((live) => !counted.has(live))
      if (at - looksSince >= 1_000) {
        looks = 0
        looksSince = at
      }
      if (missing.length === 0 || looks >= mostLooks) return
      looks++
      countedAt = at
      for (const [live, streams] of countLive(eachLive, missing)) counted.set(live, streams)
    },
    /** null: not counted. */
    of: (live: string): number | null => counted.get(live) ?? null,
  }
}

/** Nothing is made for a stream of which nothing is wanted: there may be 100,000. */
function countLive(eachLive: EachLive, lives: readonly string[]): ReadonlyMap<string, number> {
  const wanted = { address: new Map<string, number>(), network: new Map<string, number>(), source: new Map<string, number>(), agent: new Map<string, number>() }
  for (const live of lives) {
    const end = live.indexOf(' ')
    wanted[live.slice(0, end) as keyof typeof wanted].set(live.slice(end + 1), 0)
  }
  const add = (counts: Map<string, number>, value: string | null) => {
    const before = counts.size === 0 || value === null ? undefined : counts.get(value)
    if (before !== undefined && value !== null) counts.set(value, before + 1)
  }
  /** Networks of addresses of IPv4 by their first three parts. */
  const prefixes = new Set(Array.from(wanted.network.keys(), (network) => network.replace(/0\/24$/, '')))
  eachLive(({ address, agent, source }) => {
    add(wanted.address, address)
    add(wanted.source, source)
    add(wanted.agent, agent)
    if (address !== null && prefixes.size > 0 && (address.includes(':') || prefixes.has(address.slice(0, address.lastIndexOf('.') + 1))))
      add(wanted.network, networkOf(address))
  })
  return new Map(Object.entries(wanted).flatMap(([kind, counts]) => Array.from(counts, ([value, streams]) => [`${kind} ${value}`, streams] as const)))
}
