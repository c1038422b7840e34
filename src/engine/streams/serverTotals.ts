import { countedTotals, countStreams } from '../../shared/countStreams.ts'
import { type ServerTotals, unknownTotals } from '../../shared/servers.ts'
import type { ServerStreams } from './serverState.ts'
import { readersOf, type ShownStream } from './streamRecord.ts'

/** Which streams of a server are within a maintenance window now; null: none are. */
export type InMaintenance = (serverId: string) => ((path: string) => boolean) | null

export function shownStreams(server: ServerStreams): ShownStream[] {
  const shown: ShownStream[] = []
  for (const stream of server.rows) if (stream.shown !== null) shown.push(stream.shown)
  return shown
}

/** Totals over a server's streams. */
export function totalsOf(server: ServerStreams, inMaintenance?: (path: string) => boolean): ServerTotals {
  const streams = shownStreams(server)
  // The server never answered, and no streams are remembered: even their number is unknown.
  if (Number.isNaN(server.shown.readAt) && streams.length === 0) return unknownTotals
  let readers = 0
  let ownReaders = 0
  let inbound = 0
  let outbound = 0
  let live = 0
  let ratesKnown = 0
  for (const stream of streams) {
    if (!stream.present) continue
    readers += readersOf(stream)
    ownReaders += stream.ownReaders
    if (stream.state === 'live' || stream.state === 'stalled') live++
    if (!Number.isNaN(stream.bitrateInBps)) inbound += stream.bitrateInBps
    if (!Number.isNaN(stream.bitrateOutBps)) {
      outbound += stream.bitrateOutBps
      ratesKnown++
    }
  }
  const isKnown = !Number.isNaN(server.shown.readAt) && server.shown.lostWhy === null
  // With no stream on air the flow is 0; with some on air but no rate yet, it is unknown.
  const flowKnown = isKnown && (live === 0 || ratesKnown > 0)
  return {
    ...countedTotals(countStreams(streams, inMaintenance && (({ path }) => inMaintenance(path)))),
    readers: isKnown ? readers : null,
    ownReaders: isKnown ? ownReaders : null,
    bitrateInBps: flowKnown ? inbound : null,
    bitrateOutBps: flowKnown ? outbound : null,
  }
}
