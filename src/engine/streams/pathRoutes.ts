import type { Slices } from '../../clock/slices.ts'
import type { ClosedPath, PathReport } from '../../shared/paths.ts'
import type { KickResult } from '../../shared/sessions.ts'
import { isOffAir, type StreamReport } from '../../shared/streams.ts'
import type { ShownStreams } from './shownOfStreams.ts'

export interface PathRoutesDeps {
  readonly slices: Slices
  readonly streams: Pick<ShownStreams, 'eachReport' | 'sessionsOf'>
  readonly withFields: (reports: Iterable<StreamReport>) => Iterable<StreamReport>
  readonly kick: (
    sessions: readonly { readonly serverId: string; readonly id: string }[],
    kick: { readonly by: string; readonly reason: string },
  ) => Promise<KickResult[]>
}

/** The streams of all servers, as programs ask for them that were written for one MediaMTX. */
export interface PathRoutes {
  readonly list: (
    asked: { readonly server?: string | undefined; readonly itemsPerPage: number; readonly page: number },
    signal: AbortSignal,
  ) => Promise<{ itemCount: number; pageCount: number; items: PathReport[] }>
  /** `several`: more than one server has a stream of this name. */
  readonly get: (asked: AskedPath, signal: AbortSignal) => Promise<PathReport | 'none' | 'several'>
  /** `unpublished`: nobody is connected to publish it; if its server pulls it, that is the server's own doing. */
  readonly close: (
    asked: AskedPath & { readonly by: string; readonly reason: string },
    signal: AbortSignal,
  ) => Promise<ClosedPath | 'none' | 'several' | 'unpublished'>
}
interface AskedPath {
  readonly name: string
  readonly server?: string | undefined
}

export function createPathRoutes({ slices, streams, withFields, kick }: PathRoutesDeps): PathRoutes {
  /** Those of a server that are listed there now, as far as it is known. */
  async function* listed(server: string | undefined, signal: AbortSignal): AsyncIterable<StreamReport> {
    const slice = slices.begin()
    const wanted = server?.toLowerCase()
    for (const report of streams.eachReport()) {
      if (slice.isOver()) await slice.next(signal)
      if (report.state === 'ended') continue
      if (wanted === undefined || report.server.toLowerCase() === wanted || report.serverId === server) yield report
    }
  }
  const get: PathRoutes['get'] = async ({ name, server }, signal) => {
    const found: StreamReport[] = []
    for await (const report of listed(server, signal)) if (report.name === name) found.push(report)
    const [only] = [...withFields(found)]
    return only === undefined ? 'none' : found.length > 1 ? 'several' : pathOf(only)
  }
  return {
    list: async ({ server, itemsPerPage, page }, signal) => {
      const first = itemsPerPage * page
      const found: StreamReport[] = []
      let itemCount = 0
      for await (const report of listed(server, signal)) {
        if (itemCount >= first && itemCount < first + itemsPerPage) found.push(report)
        itemCount++
      }
      return { itemCount, pageCount: Math.ceil(itemCount / itemsPerPage), items: Array.from(withFields(found), pathOf) }
    },
    get,
    close: async ({ by, reason, ...asked }, signal) => {
      const path = await get(asked, signal)
      if (typeof path === 'string') return path
      const { name, server, serverId } = path
      const publishers = streams.sessionsOf(serverId).filter((session) => session.path === name && session.role === 'publisher')
      if (publishers.length === 0) return 'unpublished'
      const sessions = await kick(
        publishers.map(({ id }) => ({ serverId, id })),
        { by, reason },
      )
      return { name, server, serverId, closed: sessions.every(({ outcome }) => outcome === 'kicked' || outcome === 'gone'), sessions }
    },
  }
}

function pathOf(report: StreamReport): PathReport {
  const { name, server, serverId, state, source, tracks, bytesReceived, bytesSent, clients, upSince, fields } = report
  return {
    ...{ name, server, serverId, state, source, tracks, bytesReceived, bytesSent },
    ready: state === 'unknown' ? null : !isOffAir(state),
    readyTime: upSince,
    readerCount: clients,
    ...(fields && { fields }),
  }
}
