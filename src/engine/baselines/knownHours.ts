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

interface OfServer {
  /** When each stream was last learned; NaN: what was learned of it is obsolete. */
  readonly learnedAt: Map<string, number>
  /** Usual ranges of the streams that have any, by the begin of their hour. */
  readonly hours: Map<number, Map<string, KeptRange>>
  parts: readonly string[]
  /** Index in `parts` of the next stream to check. */
  cursor: number
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

/** In-memory usual ranges of all streams for this hour and the next. Everything else is in main.db. Also selects the stream to learn next. */
export function createKnownHours({ clock, zone, rows, slices, signal }: KnownHoursDeps) {
  const servers = new Map<string, OfServer>()
  let forgottenAt = Number.NEGATIVE_INFINITY
  let turns = 0

  const put = (server: OfServer, path: string, learnedAt: number, rangeOf: (weekHour: number) => KeptRange | null | undefined): void => {
    server.learnedAt.set(path, learnedAt)
    for (const [begin, ranges] of server.hours) {
      const range = rangeOf(weekHourAt(zone, begin))
      if (range) ranges.set(path, range)
      else ranges.delete(path)
    }
    server.row = null
  }
  const isObsolete = ({ learnedAt }: OfServer, path: string): boolean => Number.isNaN(learnedAt.get(path))
  /** Loads the ranges of an hour from main.db. */
  const loadHour = async (serverId: string, server: OfServer, begin: number): Promise<void> => {
    const slice = slices.begin()
    if (server.learnedAt.size > mostGone + 2 * server.parts.length) {
      server.learnedAt.clear()
      server.hours.clear()
    }
    const now = hourBegin(zone, clock.now())
    for (const one of server.hours.keys()) if (one < now) server.hours.delete(one)
    const ranges = new Map<string, KeptRange>()
    server.hours.set(begin, ranges)
    for (const { path, learnedAt, range } of rows.ofServer(serverId, weekHourAt(zone, begin))) {
      if (isObsolete(server, path)) continue
      server.learnedAt.set(path, learnedAt)
      if (range !== null) ranges.set(path, range)
      if (slice.isOver()) await slice.next(signal)
    }
    server.row = null
  }
  const isDue = ({ learnedAt }: OfServer, path: string): boolean => !(clock.now() - (learnedAt.get(path) ?? Number.NaN) < relearnMs)
  return {
    see: (serverId: string, parts: readonly string[]): void => {
      const server = servers.get(serverId)
      if (server !== undefined) server.parts = parts
      else servers.set(serverId, { learnedAt: new Map(), hours: new Map(), parts, cursor: 0, row: null })
    },
    /** Loads the current hour of all servers; in its second half, also the next hour of one server per call. */
    load: async (): Promise<void> => {
      const begin = hourBegin(zone, clock.now())
      const next = hourBegin(zone, begin + hourMs)
      for (const [serverId, server] of servers) if (!server.hours.has(begin)) await loadHour(serverId, server, begin)
      if (clock.now() < next - aheadMs) return
      for (const [serverId, server] of servers) if (!server.hours.has(next)) return loadHour(serverId, server, next)
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
      if (server !== undefined) put(server, path, clock.now(), (weekHour) => ranges[weekHour])
    },
    /** Call when codec or size changed: discards what was learned; it is learned again in its turn. Writes nothing: thousands of streams may change at once. */
    drop: (serverId: string, path: string): void => {
      const server = servers.get(serverId)
      if (server?.learnedAt.has(path) && !isObsolete(server, path)) put(server, path, Number.NaN, () => null)
    },
    rangesOf: (serverId: string, parts: readonly string[], at: number): HourRanges | null => {
      const server = servers.get(serverId)
      const begin = hourBegin(zone, at)
      const hour = server?.hours.get(begin)
      if (server === undefined || hour === undefined) return null
      if (server.row?.parts === parts && server.row.begin === begin) return server.row.ranges
      const ranges = {
        low: Float32Array.from(parts, (path) => hour.get(path)?.low ?? Number.NaN),
        high: Float32Array.from(parts, (path) => hour.get(path)?.high ?? Number.NaN),
      }
      server.row = { parts, begin, ranges }
      return ranges
    },
    forget: (serverId: string): void => {
      servers.delete(serverId)
    },
  }
}
