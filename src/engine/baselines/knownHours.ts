import type { Clock } from '../../clock/clock.ts'
import type { Slices } from '../../clock/slices.ts'
import type { createBaselineRows, KeptRange } from './baselineRows.ts'
import type { Learned } from './learnBaseline.ts'
import { hourBegin, hourMs, weekHourAt } from './weekHours.ts'

/** Usual ranges of some streams in one hour, in the order of the streams; NaN: unknown. */
export interface HourRanges {
  readonly low: Float32Array
  readonly high: Float32Array
}

interface KnownHoursDeps {
  readonly clock: Pick<Clock, 'now'>
  readonly zone: string
  readonly rows: ReturnType<typeof createBaselineRows>
  readonly slices: Slices
  readonly signal: AbortSignal
}
interface StreamOf {
  readonly serverId: string
  readonly path: string
}

/** The ranges of one hour, indexed by place of the stream. */
interface Hour {
  readonly begin: number
  low: Float32Array<ArrayBuffer>
  high: Float32Array<ArrayBuffer>
}
interface OfServer {
  /** Array index (place) of each stream ever seen. */
  readonly places: Map<string, number>
  /** When each stream was last learned, indexed by place. */
  learnedAt: Float64Array<ArrayBuffer>
  hours: Hour[]
  parts: readonly string[]
  /** Index in `parts` of the next stream to check. */
  cursor: number
  /** Streams whose ranges in main.db are obsolete. */
  readonly dropped: Set<string>
  /** Cached ranges in the order of the last poll. */
  row: { readonly parts: readonly string[]; readonly begin: number; readonly ranges: HourRanges } | null
}

/** Each stream is relearned after this time. */
const relearnMs = 24 * hourMs
/** Streams not relearned for this long no longer exist: their ranges are deleted. */
const forgetMs = 14 * 24 * hourMs
/** Former streams kept per server beyond twice the listed ones: ever-changing names must not fill the memory. */
const mostGone = 1_000
/** The next hour is loaded this long before it begins. */
const aheadMs = hourMs / 2
/** Maximum number of streams checked in one call to find one that is due. */
const mostCheckedAt = 1_000

/**
 * In-memory usual ranges of all streams for this hour and the next: some ten numbers per stream. Everything else is in main.db. Also selects the
 * stream to learn next.
 */
export function createKnownHours({ clock, zone, rows, slices, signal }: KnownHoursDeps) {
  const servers = new Map<string, OfServer>()
  let forgottenAt = Number.NEGATIVE_INFINITY
  let turns = 0

  const placeOf = (server: OfServer, path: string): number => {
    const known = server.places.get(path)
    if (known !== undefined) return known
    const place = server.places.size
    server.places.set(path, place)
    if (place >= server.learnedAt.length) {
      const size = Math.max(16, Math.ceil(server.learnedAt.length * 1.5))
      server.learnedAt = grown(new Float64Array(size).fill(Number.NaN), server.learnedAt)
      for (const hour of server.hours) {
        hour.low = grown(new Float32Array(size).fill(Number.NaN), hour.low)
        hour.high = grown(new Float32Array(size).fill(Number.NaN), hour.high)
      }
    }
    return place
  }
  const put = (server: OfServer, path: string, rangeOf: (weekHour: number) => KeptRange | null | undefined): void => {
    const place = placeOf(server, path)
    for (const { begin, low, high } of server.hours) {
      const range = rangeOf(weekHourAt(zone, begin))
      low[place] = range?.low ?? Number.NaN
      high[place] = range?.high ?? Number.NaN
    }
    server.row = null
  }
  /** Loads the ranges of an hour from main.db. */
  const loadHour = async (serverId: string, server: OfServer, begin: number): Promise<void> => {
    const slice = slices.begin()
    if (server.places.size > mostGone + 2 * server.parts.length) forgetPlaces(server)
    const size = server.learnedAt.length
    const hour: Hour = { begin, low: new Float32Array(size).fill(Number.NaN), high: new Float32Array(size).fill(Number.NaN) }
    const now = hourBegin(zone, clock.now())
    server.hours = [...server.hours.filter((one) => one.begin >= now && one.begin !== begin), hour]
    for (const { path, learnedAt, range } of rows.ofServer(serverId, weekHourAt(zone, begin))) {
      const place = placeOf(server, path)
      if (server.dropped.has(path)) continue
      server.learnedAt[place] = learnedAt
      hour.low[place] = range?.low ?? Number.NaN
      hour.high[place] = range?.high ?? Number.NaN
      if (slice.isOver()) await slice.next(signal)
    }
    server.row = null
  }
  const isDue = (server: OfServer, path: string): boolean => {
    const learnedAt = server.learnedAt[server.places.get(path) ?? -1] ?? Number.NaN
    return !(clock.now() - learnedAt < relearnMs)
  }
  return {
    see: (serverId: string, parts: readonly string[]): void => {
      const server = servers.get(serverId)
      if (server !== undefined) server.parts = parts
      else servers.set(serverId, { places: new Map(), learnedAt: new Float64Array(), hours: [], parts, cursor: 0, dropped: new Set(), row: null })
    },
    /** Loads the current hour of all servers; in its second half, also the next hour of one server per call. */
    load: async (): Promise<void> => {
      const begin = hourBegin(zone, clock.now())
      const next = hourBegin(zone, begin + hourMs)
      for (const [serverId, server] of servers) if (!server.hours.some((hour) => hour.begin === begin)) await loadHour(serverId, server, begin)
      if (clock.now() < next - aheadMs) return
      for (const [serverId, server] of servers) if (!server.hours.some((hour) => hour.begin === next)) return loadHour(serverId, server, next)
    },
    /** Returns a stream that is due, server by server. null: none is. */
    next: (): StreamOf | null => {
      if (clock.now() - forgottenAt > 24 * hourMs) {
        forgottenAt = clock.now()
        rows.forgetBefore(clock.now() - forgetMs)
      }
      const ids = [...servers.keys()]
      let looked = 0
      for (let tried = 0; tried < ids.length && looked < mostCheckedAt; tried++) {
        const serverId = ids[turns++ % ids.length] as string
        const server = servers.get(serverId) as OfServer
        const { parts } = server
        for (let count = Math.min(parts.length, mostCheckedAt - looked); count > 0; count--, looked++) {
          const path = parts[server.cursor++ % parts.length] as string
          if (isDue(server, path)) return { serverId, path }
        }
      }
      return null
    },
    keep: ({ serverId, path }: StreamOf, { ranges }: Learned): void => {
      const isKnown = ranges.some((range) => range !== null)
      rows.keep(serverId, path, clock.now(), isKnown ? ranges : [])
      const server = servers.get(serverId)
      if (server === undefined) return
      server.dropped.delete(path)
      server.learnedAt[placeOf(server, path)] = clock.now()
      put(server, path, (weekHour) => ranges[weekHour])
    },
    /** Call when codec or size changed: discards what was learned; it is learned again in its turn. Writes nothing: thousands of streams may change at once. */
    drop: (serverId: string, path: string): void => {
      const server = servers.get(serverId)
      const place = server?.places.get(path)
      if (server === undefined || place === undefined || server.dropped.has(path)) return
      server.dropped.add(path)
      server.learnedAt[place] = Number.NaN
      put(server, path, () => null)
    },
    rangesOf: (serverId: string, parts: readonly string[], at: number): HourRanges | null => {
      const server = servers.get(serverId)
      const begin = hourBegin(zone, at)
      const hour = server?.hours.find((one) => one.begin === begin)
      if (server === undefined || hour === undefined) return null
      if (server.row?.parts === parts && server.row.begin === begin) return server.row.ranges
      const places = parts.map((path) => server.places.get(path) ?? -1)
      const ranges = {
        low: Float32Array.from(places, (place) => hour.low[place] ?? Number.NaN),
        high: Float32Array.from(places, (place) => hour.high[place] ?? Number.NaN),
      }
      server.row = { parts, begin, ranges }
      return ranges
    },
    forget: (serverId: string): void => {
      servers.delete(serverId)
    },
  }
}

function forgetPlaces(server: OfServer): void {
  server.places.clear()
  server.learnedAt = new Float64Array()
  server.dropped.clear()
  server.hours = []
  server.row = null
}

function grown<Numbers extends Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>>(into: Numbers, from: Numbers): Numbers {
  into.set(from)
  return into
}
