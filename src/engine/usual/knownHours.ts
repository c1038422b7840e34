import type { Clock } from '../../clock/clock.ts'
import type { Slices } from '../../clock/slices.ts'
import type { Learned } from './learnUsual.ts'
import type { createUsualRows, KeptRange } from './usualRows.ts'
import { hourBegin, hourMs, weekHourAt } from './weekHours.ts'

/** What is usual for some streams in one hour, in their order; NaN: not known. */
export interface HourRanges {
  readonly low: Float32Array
  readonly high: Float32Array
}

export interface KnownHoursDeps {
  readonly clock: Pick<Clock, 'now'>
  readonly zone: string
  readonly rows: ReturnType<typeof createUsualRows>
  readonly slices: Slices
  readonly signal: AbortSignal
}
interface StreamOf {
  readonly serverId: string
  readonly path: string
}

/** The ranges of one hour, by the place of a stream. */
interface Hour {
  readonly begin: number
  low: Float32Array<ArrayBuffer>
  high: Float32Array<ArrayBuffer>
}
interface OfServer {
  /** The place of each stream that was ever looked at. */
  readonly places: Map<string, number>
  /** By place. */
  learnedAt: Float64Array<ArrayBuffer>
  hours: Hour[]
  parts: readonly string[]
  /** Of `parts`, the next one that is looked at. */
  cursor: number
  /** Those of which main.db still has what counts no more. */
  readonly dropped: Set<string>
  /** In the order of a poll. */
  row: { readonly parts: readonly string[]; readonly begin: number; readonly ranges: HourRanges } | null
}

/** Each stream is learned again after this time. */
const relearnMs = 3 * 24 * hourMs
const doubtMs = hourMs
const mostDoubts = 10_000
/** What was not learned again for so long is of a stream that is not there any more. */
const forgetMs = 14 * 24 * hourMs
/** Streams of before that a server may have beside twice those that it lists: a factory of names must not fill the memory. */
const mostGone = 1_000
/** The next hour is loaded this long before it begins. */
const aheadMs = hourMs / 2
/** Streams that are looked at to find one whose turn it is. */
const mostLookedAt = 1_000

/**
 * What is usual in this hour and the next one, of all streams: some ten numbers a stream. All else is in main.db. Says, too, which stream is to be
 * learned next.
 */
export function createKnownHours({ clock, zone, rows, slices, signal }: KnownHoursDeps) {
  const servers = new Map<string, OfServer>()
  let doubts: StreamOf[] = []
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
  /** Reads what is known of an hour from main.db. */
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
  const isDue = (server: OfServer, path: string, afterMs: number): boolean => {
    const learnedAt = server.learnedAt[server.places.get(path) ?? -1] ?? Number.NaN
    return !(clock.now() - learnedAt < afterMs)
  }
  const doubted = (): StreamOf | null => {
    for (let next = doubts.shift(); next !== undefined; next = doubts.shift()) {
      const server = servers.get(next.serverId)
      if (server !== undefined && isDue(server, next.path, doubtMs)) return next
    }
    return null
  }

  return {
    see: (serverId: string, parts: readonly string[]): void => {
      const server = servers.get(serverId)
      if (server !== undefined) server.parts = parts
      else servers.set(serverId, { places: new Map(), learnedAt: new Float64Array(), hours: [], parts, cursor: 0, dropped: new Set(), row: null })
    },
    /** This hour of all servers, and in its second half the next one of one server. */
    load: async (): Promise<void> => {
      const begin = hourBegin(zone, clock.now())
      const next = hourBegin(zone, begin + hourMs)
      for (const [serverId, server] of servers) if (!server.hours.some((hour) => hour.begin === begin)) await loadHour(serverId, server, begin)
      if (clock.now() < next - aheadMs) return
      for (const [serverId, server] of servers) if (!server.hours.some((hour) => hour.begin === next)) return loadHour(serverId, server, next)
    },
    /** A stream whose turn it is: first those that are in doubt, then server by server. */
    next: (): StreamOf | null => {
      if (clock.now() - forgottenAt > 24 * hourMs) {
        forgottenAt = clock.now()
        rows.forgetBefore(clock.now() - forgetMs)
      }
      const first = doubted()
      if (first !== null) return first
      const ids = [...servers.keys()]
      let looked = 0
      for (let tried = 0; tried < ids.length && looked < mostLookedAt; tried++) {
        const serverId = ids[turns++ % ids.length] as string
        const server = servers.get(serverId) as OfServer
        const { parts } = server
        for (let count = Math.min(parts.length, mostLookedAt - looked); count > 0; count--, looked++) {
          const path = parts[server.cursor++ % parts.length] as string
          if (isDue(server, path, relearnMs)) return { serverId, path }
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
    /** It has another codec or size: what was learned of it counts no more, and it is learned again soon. Nothing is written here: thousands may change at once. */
    drop: (serverId: string, path: string): void => {
      const server = servers.get(serverId)
      const place = server?.places.get(path)
      if (server === undefined || place === undefined || server.dropped.has(path)) return
      server.dropped.add(path)
      server.learnedAt[place] = Number.NaN
      put(server, path, () => null)
      if (doubts.length < mostDoubts) doubts.push({ serverId, path })
    },
    doubt: (serverId: string, path: string): void => {
      const server = servers.get(serverId)
      if (server === undefined || doubts.length >= mostDoubts || !isDue(server, path, doubtMs)) return
      if (!doubts.some((one) => one.serverId === serverId && one.path === path)) doubts.push({ serverId, path })
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
      doubts = doubts.filter((one) => one.serverId !== serverId)
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
