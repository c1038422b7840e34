import type { Clock } from '../../clock/clock.ts'
import type { Slices } from '../../clock/slices.ts'
import type { BaselineRange } from '../../shared/baselines.ts'
import { type SubjectOf, streamSubject } from '../../shared/subjectNames.ts'
import type { createBaselineRows } from './baselineRows.ts'
import { hourBegin, hourMs, weekHourAt } from './weekHours.ts'

/** Usual ranges of some streams in one hour, in the order of the streams; NaN: unknown. */
export interface HourRanges {
  readonly low: Float32Array
  readonly high: Float32Array
}
interface Hour extends HourRanges {
  readonly begin: number
}
/** The streams of a server's last poll; everything else is in their order. */
interface OfServer {
  parts: readonly string[]
  /** When each was last learned. NaN: not read from main.db yet; `never`: to be learned, and what main.db has is obsolete. */
  learnedAt: Float64Array
  /** This hour and, in its second half, the next. */
  hours: readonly Hour[]
  cursor: number
}
const never = Number.NEGATIVE_INFINITY

interface KnownHoursDeps {
  readonly clock: Pick<Clock, 'now'>
  readonly zone: string
  readonly rows: ReturnType<typeof createBaselineRows>
  readonly slices: Slices
  readonly signal: AbortSignal
}

/** Each stream is relearned after this time. */
const relearnMs = 24 * hourMs
/** Streams not relearned for this long no longer exist: their ranges are deleted. */
const forgetMs = 14 * 24 * hourMs
/** The next hour is loaded this long before it begins. */
const aheadMs = hourMs / 2

/** In-memory usual ranges of all listed streams for this hour and the next. Everything else is in main.db. Also selects the stream to learn next. */
export function createKnownHours({ clock, zone, rows, slices, signal }: KnownHoursDeps) {
  const servers = new Map<string, OfServer>()
  let forgottenAt = never
  let turns = 0

  const put = ({ hours }: OfServer, row: number, rangeOf: (weekHour: number) => Pick<BaselineRange, 'low' | 'high'> | null | undefined): void => {
    for (const { begin, low, high } of hours) {
      const range = rangeOf(weekHourAt(zone, begin))
      low[row] = range?.low ?? Number.NaN
      high[row] = range?.high ?? Number.NaN
    }
  }
  /** Reads the ranges of these hours from main.db, and those of streams that were not there at the last call. Returns whether an hour was added. */
  const load = async (serverId: string, server: OfServer, begins: readonly number[]): Promise<boolean> => {
    const slice = slices.begin()
    const isAdded = begins.some((begin) => !server.hours.some((hour) => hour.begin === begin))
    if (isAdded) {
      server.hours = begins.map((begin) => server.hours.find((hour) => hour.begin === begin) ?? { begin, ...unknownRanges(server.parts.length) })
      server.learnedAt = server.learnedAt.map((at) => (at === never ? never : Number.NaN))
    }
    // The streams may be others after a pause: what is passed over then is read at the next call.
    for (let row = 0; row < server.parts.length; row++) {
      if (!Number.isNaN(server.learnedAt[row])) continue
      const kept = rows.of(serverId, server.parts[row] as string)
      server.learnedAt[row] = kept?.learnedAt ?? never
      put(server, row, (weekHour) => kept?.rangeAt(weekHour))
      if (slice.isOver()) await slice.next(signal)
    }
    return isAdded
  }
  return {
    see: (serverId: string, parts: readonly string[]): void => {
      const server = servers.get(serverId) ?? { parts: [], learnedAt: new Float64Array(), hours: [], cursor: 0 }
      servers.set(serverId, server)
      if (server.parts !== parts) arrange(server, parts)
    },
    /** Loads the current hour of all servers; in its second half, also the next hour of one server per call. */
    load: async (): Promise<void> => {
      const begin = hourBegin(zone, clock.now())
      const next = hourBegin(zone, begin + hourMs)
      for (const [serverId, server] of servers) await load(serverId, server, [begin])
      if (clock.now() < next - aheadMs) return
      for (const [serverId, server] of servers) if (await load(serverId, server, [begin, next])) return
    },
    /** Returns a stream that is due, server by server. null: none is. */
    next: (): SubjectOf<'stream'> | null => {
      if (clock.now() - forgottenAt > 24 * hourMs) {
        forgottenAt = clock.now()
        rows.forgetBefore(clock.now() - forgetMs)
      }
      const ids = [...servers.keys()]
      for (const _ of ids) {
        const serverId = ids[turns++ % ids.length] as string
        const server = servers.get(serverId) as OfServer
        for (const _path of server.parts) {
          const row = server.cursor++ % server.parts.length
          if (clock.now() - (server.learnedAt[row] as number) >= relearnMs) return streamSubject(serverId, server.parts[row] as string)
        }
      }
      return null
    },
    keep: ({ serverId, path }: SubjectOf<'stream'>, ranges: readonly (BaselineRange | null)[]): void => {
      rows.keep(serverId, path, clock.now(), ranges)
      const server = servers.get(serverId)
      const row = server?.parts.indexOf(path) ?? -1
      if (server === undefined || row < 0) return
      server.learnedAt[row] = clock.now()
      put(server, row, (weekHour) => ranges[weekHour])
    },
    /** Call when codec or size changed: discards what was learned; it is learned again in its turn. Writes nothing: thousands of streams may change at once. */
    drop: (serverId: string, paths: ReadonlySet<unknown>): void => {
      const server = servers.get(serverId)
      for (const [row, path] of server?.parts.entries() ?? []) {
        if (server === undefined || !paths.has(path)) continue
        server.learnedAt[row] = never
        put(server, row, () => null)
      }
    },
    rangesOf: (serverId: string, parts: readonly string[], at: number): HourRanges | null => {
      const server = servers.get(serverId)
      if (server === undefined) return null
      if (server.parts !== parts) arrange(server, parts)
      return server.hours.find(({ begin }) => begin === hourBegin(zone, at)) ?? null
    },
    forget: (serverId: string): void => void servers.delete(serverId),
  }
}

const unknownRanges = (size: number): HourRanges => ({ low: new Float32Array(size).fill(Number.NaN), high: new Float32Array(size).fill(Number.NaN) })

/** Brings what is known of a server into the order of its newest poll. */
function arrange(server: OfServer, parts: readonly string[]): void {
  const before = new Map(server.parts.map((path, row) => [path, row]))
  const rows = parts.map((path) => before.get(path) ?? -1)
  const arranged = (values: Float32Array) => Float32Array.from(rows, (row) => values[row] ?? Number.NaN)
  server.learnedAt = Float64Array.from(rows, (row) => server.learnedAt[row] ?? Number.NaN)
  server.hours = server.hours.map(({ begin, low, high }) => ({ begin, low: arranged(low), high: arranged(high) }))
  server.parts = parts
}
