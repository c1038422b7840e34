import type { StreamOrigin } from '../../shared/alarms.ts'
import { networkOf } from './networkOf.ts'

/** Maximum number of passes over all streams per second. */
const mostCounts = 3
const cachedMs = 2_000

type EachLive = (visit: (origin: StreamOrigin, path: string, liveUntil: number) => void) => void

/** How many streams share a property: those live now, and those that were live at the moment `then`. */
interface Live {
  readonly then: number
  now: number
  before: number
}

/** Counts streams by shared properties, with keys `kind value`. */
export function createLiveCounts(eachLive: EachLive) {
  /** Cached counts. */
  const counted = new Map<string, Readonly<Live>>()
  let countedAt = Number.NEGATIVE_INFINITY
  let counts = 0
  let countsSince = Number.NEGATIVE_INFINITY
  return {
    /** Counts the streams for all of these keys in one pass, unless they are cached. `wanted`: the moment `then` of each. */
    countFor: (wanted: ReadonlyMap<string, number>, at: number): void => {
      if (at - countedAt > cachedMs) counted.clear()
      const missing = [...wanted].filter(([live]) => !counted.has(live))
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
    of: (live: string): Readonly<Live> | null => counted.get(live) ?? null,
  }
}

/** Allocates nothing for streams that match no key: there may be 100,000. */
function countLive(eachLive: EachLive, lives: readonly (readonly [string, number])[]): ReadonlyMap<string, Live> {
  const found = new Map<string, Live>()
  const wanted = {
    address: new Map<string, Live>(),
    network: new Map<string, Live>(),
    source: new Map<string, Live>(),
    agent: new Map<string, Live>(),
    path: new Map<string, Live>(),
  }
  for (const [live, then] of lives) {
    const end = live.indexOf(' ')
    const count = { then, now: 0, before: 0 }
    found.set(live, count)
    wanted[live.slice(0, end) as keyof typeof wanted].set(live.slice(end + 1), count)
  }
  const add = (counts: ReadonlyMap<string, Live>, value: string | null, until: number) => {
    const count = counts.size === 0 || value === null ? undefined : counts.get(value)
    if (count === undefined) return
    if (until === Number.POSITIVE_INFINITY) count.now++
    if (until >= count.then) count.before++
  }
  /** The first three parts of IPv4 networks. */
  const prefixes = new Set(Array.from(wanted.network.keys(), (network) => network.replace(/0\/24$/, '')))
  eachLive(({ address, agent, source }, path, until) => {
    add(wanted.address, address, until)
    add(wanted.source, source, until)
    add(wanted.agent, agent, until)
    add(wanted.path, path, until)
    if (address !== null && prefixes.size > 0 && (address.includes(':') || prefixes.has(address.slice(0, address.lastIndexOf('.') + 1))))
      add(wanted.network, networkOf(address), until)
  })
  return found
}
