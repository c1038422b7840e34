import type { Clock } from '../../clock/clock.ts'
import { isFor, type Scope } from '../../shared/maintenance.ts'
import { isCredentialRefusal, type PictureReason } from '../../shared/previews.ts'
import type { SnapshotHalt, SnapshotSettings } from '../../shared/snapshots.ts'

export interface Turn {
  readonly serverId: string
  readonly path: string
  /** Interval between snapshots, ms; infinite: none are taken. */
  everyMs: number
  dueAt: number
  /** Whether the age of its newest snapshot has not been looked up yet. */
  isNew: boolean
  seenAt: number
  failures: number
  isUnderWay: boolean
  /** Until when somebody is assumed to view its pictures, monotonic ms. */
  viewedUntil: number
  /** An alarm on it was raised: it is read immediately, and the picture is kept with the alarm. */
  isUrgent: boolean
}

export interface TurnsDeps {
  readonly settings: () => SnapshotSettings
  readonly server: (id: string) => { readonly name: string; readonly tags: readonly string[] } | null
  readonly eachPictured: (visit: (serverId: string, path: string) => void) => void
  readonly inTrouble: (serverId: string, path: string) => boolean
  /** How long ago the newest snapshot of a stream was taken, ms; null: there is none. */
  readonly ageOf: (serverId: string, path: string) => number | null
}

/** Maximum retry delay, ms. The delay starts at the stream's interval and doubles with each failure. */
const longestWaitMs = 900_000
/** Streams off air for this long are dropped, ms, since servers may keep creating new stream names. */
const forgetMs = 600_000
/** How long a view counts, ms; windows reload the pictures they show more often than this. */
const viewedMs = 30_000
/** Maximum number of streams selected per scan; those in trouble come first. */
const mostSelected = 200
/** Minimum time between two scans, ms. It grows with the number of streams, so that scanning takes at most 1 % of a core. */
const leastScanGapMs = 2_000
const scanGapMsPerStream = 0.2

function everyMsOf({ everySeconds, exceptions }: SnapshotSettings, server: Parameters<typeof isFor>[1], path: string): number {
  const found = exceptions.find((exception: Scope) => isFor(exception, server, path))
  const seconds = found === undefined ? everySeconds : found.everySeconds
  return seconds === null ? Number.POSITIVE_INFINITY : seconds * 1_000
}

interface ServerTurns {
  /** Name and tags, which exceptions match; empty: the settings have changed. */
  placeKey: string
  readonly byPath: Map<string, Turn>
}

/** Schedules snapshots: streams in trouble first, then viewed ones, then those overdue by the most intervals. Times are monotonic, ms. */
export function createSnapshotTurns(deps: TurnsDeps) {
  const turns = new Map<string, ServerTurns>()
  let selected: Turn[] = []
  let nextScanAt = Number.NEGATIVE_INFINITY
  let counts = { streams: 0, late: 0 }

  const intervalOf = (serverId: string, path: string): number => {
    const server = deps.server(serverId)
    return server === null ? Number.POSITIVE_INFINITY : everyMsOf(deps.settings(), server, path)
  }
  /** Turns begin anew with another name or other settings, but those under way and urgent ones remain so. */
  const turnsOf = (serverId: string, now: number): ServerTurns => {
    const server = deps.server(serverId)
    const placeKey = JSON.stringify([server?.name, server?.tags])
    const known = turns.get(serverId) ?? { placeKey: '', byPath: new Map<string, Turn>() }
    if (known.placeKey === placeKey) return known
    known.placeKey = placeKey
    for (const turn of known.byPath.values()) {
      const everyMs = intervalOf(serverId, turn.path)
      Object.assign(turn, {
        everyMs,
        dueAt: now,
        isNew: true,
        failures: 0,
        isUrgent: turn.isUrgent && everyMs < Number.POSITIVE_INFINITY,
      } satisfies Partial<Turn>)
    }
    turns.set(serverId, known)
    nextScanAt = Number.NEGATIVE_INFINITY
    return known
  }
  const turnOf = (serverId: string, { byPath }: ServerTurns, path: string, now: number): Turn => {
    const known = byPath.get(path)
    if (known !== undefined) return known
    const everyMs = intervalOf(serverId, path)
    const turn: Turn = { serverId, path, everyMs, dueAt: now, isNew: true, seenAt: now, failures: 0, isUnderWay: false, viewedUntil: now, isUrgent: false }
    byPath.set(path, turn)
    return turn
  }
  /** Selects the streams to read next, from all that are on air. */
  const scan = (now: number, isHalted: (turn: Turn) => boolean): void => {
    const found: { readonly turn: Turn; readonly rank: number }[] = []
    /** Keeps only the streams that rank highest. */
    let least = Number.NEGATIVE_INFINITY
    const cut = () => {
      found.sort((a, b) => b.rank - a.rank)
      found.length = Math.min(found.length, mostSelected)
      if (found.length === mostSelected) least = found.at(-1)?.rank ?? least
    }
    let visited = 0
    let of: { readonly serverId: string; readonly turns: ServerTurns } | null = null
    counts = { streams: 0, late: 0 }
    deps.eachPictured((serverId, path) => {
      visited++
      if (of?.serverId !== serverId) of = { serverId, turns: turnsOf(serverId, now) }
      const turn = turnOf(serverId, of.turns, path, now)
      turn.seenAt = now
      if (turn.everyMs === Number.POSITIVE_INFINITY) return
      counts.streams++
      const lateBy = (now - turn.dueAt) / turn.everyMs
      if (lateBy > 1 || turn.failures > 0) counts.late++
      if (turn.isUnderWay || lateBy < 0) return
      const rank = lateBy + (turn.isUrgent ? 3e6 : deps.inTrouble(serverId, path) ? 2e6 : turn.viewedUntil > now ? 1e6 : 0)
      if (rank <= least || isHalted(turn)) return
      found.push({ turn, rank })
      if (found.length >= 4 * mostSelected) cut()
    })
    cut()
    for (const [serverId, { byPath }] of turns) {
      for (const [path, turn] of byPath) if (!turn.isUnderWay && now - turn.seenAt > forgetMs) byPath.delete(path)
      if (byPath.size === 0) turns.delete(serverId)
    }
    selected = found.map(({ turn }) => turn)
    nextScanAt = now + Math.max(leastScanGapMs, visited * scanGapMsPerStream)
  }
  /** Sets the due time of a new stream from the age of its newest snapshot. Called only for streams that may be next. */
  const applyAge = (turn: Turn, now: number): void => {
    if (!turn.isNew) return
    turn.isNew = false
    const age = turn.isUrgent ? null : deps.ageOf(turn.serverId, turn.path)
    if (age !== null && age >= 0) turn.dueAt = now - age + turn.everyMs
  }

  return {
    /** Returns the stream to read next and marks it as under way; null: none is due. `isHalted`: the stream must not be read now. */
    next: (now: number, isHalted: (turn: Turn) => boolean): Turn | null => {
      if (now >= nextScanAt) scan(now, isHalted)
      for (;;) {
        const turn = selected.shift()
        if (turn === undefined) return null
        applyAge(turn, now)
        if (turn.isUnderWay || turn.dueAt > now || isHalted(turn)) continue
        turn.isUnderWay = true
        return turn
      }
    },
    /** Records that a read succeeded (`isTaken`) or failed. */
    done: (turn: Turn, now: number, isTaken: boolean): void => {
      turn.isUnderWay = false
      turn.isUrgent = false
      turn.failures = isTaken ? 0 : turn.failures + 1
      const { everyMs, failures } = turn
      // Counts from the due time, so that waiting for other streams does not accumulate, but leaves at least half an interval.
      if (isTaken) turn.dueAt = Math.max(turn.dueAt + everyMs, now + everyMs / 2)
      else turn.dueAt = now + Math.max(everyMs, Math.min(longestWaitMs, everyMs * 2 ** Math.min(20, failures)))
    },
    /** An alarm on a stream was raised: reads it next. */
    hurry: (serverId: string, path: string, now: number): void => {
      const turn = turnOf(serverId, turnsOf(serverId, now), path, now)
      if (turn.everyMs === Number.POSITIVE_INFINITY || turn.isUnderWay || turn.isUrgent) return
      turn.isUrgent = true
      turn.dueAt = now
      // If too many are urgent at once, the next scan orders the rest.
      if (selected.length < 2 * mostSelected) selected.unshift(turn)
    },
    /** Somebody views the pictures of a stream. Called again within half a minute for as long as that lasts. */
    viewed: (serverId: string, path: string, now: number): void => {
      const turn = turns.get(serverId)?.byPath.get(path)
      if (turn !== undefined) turn.viewedUntil = now + viewedMs
    },
    /** An operator took a snapshot manually. */
    taken: (serverId: string, path: string, now: number): void => {
      const turn = turns.get(serverId)?.byPath.get(path)
      if (turn === undefined) return
      turn.failures = 0
      turn.dueAt = now + turn.everyMs
    },
    /** Applies changed settings: which streams are read, and how often. Each is due by the age of its newest snapshot. */
    settingsChanged: (): void => {
      for (const known of turns.values()) known.placeKey = ''
      selected = []
      nextScanAt = Number.NEGATIVE_INFINITY
    },
    forget: (serverId: string): void => {
      turns.delete(serverId)
      selected = selected.filter((turn) => turn.serverId !== serverId)
    },
    counts: () => counts,
  }
}

interface Failure {
  readonly why: PictureReason
  readonly since: number
  /** Monotonic; null: not before the server's access changes. */
  readonly nextAt: number | null
}
interface ServerHalts {
  /** The access (see `SnapshotsDeps.accessKey`) to which this applies. */
  readonly accessKey: string
  readonly streams: Map<string, Failure>
  /** It refused several streams and no other succeeded: none is read with this access. */
  isRefused: boolean
  hasAnswered: boolean
}
export interface StreamName {
  readonly serverId: string
  readonly path: string
}

/** After this many refused streams and none that could be read, a server is not asked for others. */
const mostRefused = 2
const mostListed = 100
/** Failures kept per server. */
const mostFailures = 1_000

/**
 * Streams that are not read for now, and why. One that is refused is not read again with the same credentials: MediaMTX logs each failed sign-in, and delays
 * the answers to an address that has many.
 */
export function createSnapshotHalts(deps: {
  readonly clock: Pick<Clock, 'now' | 'monotonic'>
  readonly accessKey: (serverId: string) => string
  readonly nameOf: (serverId: string) => string
}) {
  const servers = new Map<string, ServerHalts>()
  const current = (serverId: string): ServerHalts => {
    const accessKey = deps.accessKey(serverId)
    const known = servers.get(serverId)
    if (known !== undefined && known.accessKey === accessKey) return known
    const fresh: ServerHalts = { accessKey, streams: new Map(), isRefused: false, hasAnswered: false }
    servers.set(serverId, fresh)
    return fresh
  }
  return {
    isHalted: ({ serverId, path }: StreamName): boolean => {
      const isIn = ({ isRefused, streams }: ServerHalts) => isRefused || streams.get(path)?.nextAt === null
      const known = servers.get(serverId)
      // Called for every stream that is due, so the access is only determined where something was refused.
      return known !== undefined && isIn(known) && isIn(current(serverId))
    },
    /** `nextAt`: when its turn comes again, monotonic. */
    failed: ({ serverId, path }: StreamName, why: PictureReason, nextAt: number): void => {
      const server = current(serverId)
      const { streams } = server
      const refused = isCredentialRefusal(why)
      const since = streams.get(path)?.since ?? deps.clock.now()
      streams.delete(path)
      streams.set(path, { why, since, nextAt: refused ? null : nextAt })
      const [oldest] = streams.keys()
      if (streams.size > mostFailures && oldest !== undefined) streams.delete(oldest)
      if (refused && !server.hasAnswered) server.isRefused = [...streams.values()].filter((failure) => isCredentialRefusal(failure.why)).length >= mostRefused
    },
    taken: ({ serverId, path }: StreamName): void => {
      const server = current(serverId)
      server.hasAnswered = true
      server.isRefused = false
      server.streams.delete(path)
    },
    forget: (serverId: string): void => void servers.delete(serverId),
    /** `isDue`: whether a stream would be read otherwise. */
    list: (now: number, isDue: (stream: StreamName) => boolean): SnapshotHalt[] => {
      const wall = deps.clock.now()
      const found: SnapshotHalt[] = []
      for (const serverId of servers.keys()) {
        const { streams, isRefused } = current(serverId)
        const serverName = deps.nameOf(serverId)
        const [first] = [...streams.values()].filter(({ why }) => isCredentialRefusal(why))
        if (isRefused && first !== undefined) found.push({ serverId, serverName, path: null, why: first.why, since: first.since, nextAt: null })
        else
          for (const [path, { why, since, nextAt }] of streams)
            if (isDue({ serverId, path }))
              found.push({ serverId, serverName, path, why, since, nextAt: nextAt === null ? null : Math.round(wall + nextAt - now) })
        if (found.length >= mostListed) break
      }
      return found.slice(0, mostListed)
    },
  }
}
