import type { Clock } from '../../clock/clock.ts'
import type { PictureReason } from '../../shared/previews.ts'
import type { SnapshotHalt } from '../../shared/snapshots.ts'

interface Failure {
  readonly why: PictureReason
  /** Epoch ms. */
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
interface StreamName {
  readonly serverId: string
  readonly path: string
}

/** After this many refused streams and none that could be read, a server is not asked for others. */
const mostRefused = 2
const mostListed = 100
/** Failures kept per server. */
const mostFailures = 1_000

const isRefusal = ({ kind }: PictureReason): boolean =>
  kind === 'unauthorized' || kind === 'readRefused' || kind === 'rtspReadRefused' || kind === 'rtspPasswordMissing' || kind === 'rtspPasswordWithheld'

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
  /** The state of a server for its present access. */
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
      const refused = isRefusal(why)
      const since = streams.get(path)?.since ?? deps.clock.now()
      streams.delete(path)
      streams.set(path, { why, since, nextAt: refused ? null : nextAt })
      const [oldest] = streams.keys()
      if (streams.size > mostFailures && oldest !== undefined) streams.delete(oldest)
      if (refused && !server.hasAnswered) server.isRefused = [...streams.values()].filter((failure) => isRefusal(failure.why)).length >= mostRefused
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
        const [first] = [...streams.values()].filter(({ why }) => isRefusal(why))
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
