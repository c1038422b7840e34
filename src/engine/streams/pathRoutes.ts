import type { Slices } from '../../clock/slices.ts'
import type { ClosedPath, PathReport } from '../../shared/paths.ts'
import type { KickResult } from '../../shared/sessions.ts'
import { isOffAir, type StreamReport } from '../../shared/streams.ts'
import type { ShownStreams } from './shownOfStreams.ts'

interface PathRoutesDeps {
  readonly slices: Slices
  readonly streams: Pick<ShownStreams, 'eachReport' | 'reportsNamed' | 'sessionsOf'>
  readonly withFields: (reports: Iterable<StreamReport>) => Iterable<StreamReport>
  readonly kick: (
    sessions: readonly { readonly serverId: string; readonly id: string }[],
    kick: { readonly by: string; readonly reason: string },
  ) => Promise<KickResult[]>
}

/** The streams of all servers, as programs ask for them that were written for one MediaMTX. */
export type PathRoutes = ReturnType<typeof createPathRoutes>
interface AskedPath {
  readonly name: string
  readonly server?: string | undefined
}

export function createPathRoutes({ slices, streams, withFields, kick }: PathRoutesDeps) {
  const get = ({ name, server }: AskedPath): PathReport | 'none' | 'several' => {
    const found = streams.reportsNamed(name).filter(listedOn(server))
    const [only] = [...withFields(found)]
    return only === undefined ? 'none' : found.length > 1 ? 'several' : pathOf(only)
  }
  return {
    list: async (
      { server, itemsPerPage, page }: { readonly server?: string | undefined; readonly itemsPerPage: number; readonly page: number },
      signal: AbortSignal,
    ): Promise<{ itemCount: number; pageCount: number; items: PathReport[] }> => {
      const first = itemsPerPage * page
      const found: StreamReport[] = []
      let itemCount = 0
      const slice = slices.begin()
      const isListed = listedOn(server)
      for (const report of streams.eachReport()) {
        if (slice.isOver()) await slice.next(signal)
        if (!isListed(report)) continue
        if (itemCount >= first && itemCount < first + itemsPerPage) found.push(report)
        itemCount++
      }
      return { itemCount, pageCount: Math.ceil(itemCount / itemsPerPage), items: Array.from(withFields(found), pathOf) }
    },
    /** `several`: more than one server has a stream of this name. */
    get,
    /** `unpublished`: nobody is connected to publish it; if its server pulls it, that is the server's own doing. */
    close: async ({
      by,
      reason,
      ...asked
    }: AskedPath & { readonly by: string; readonly reason: string }): Promise<ClosedPath | 'none' | 'several' | 'unpublished'> => {
      const path = get(asked)
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

/** Whether a stream is listed now, as far as it is known, and on the server that is asked for. */
function listedOn(server: string | undefined): (report: StreamReport) => boolean {
  const wanted = server?.toLowerCase()
  return (report) => report.state !== 'ended' && (wanted === undefined || report.server.toLowerCase() === wanted || report.serverId === server)
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
