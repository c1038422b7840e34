import type { StreamFacts, StreamFigures } from '../../shared/streams.ts'
import { severityOfStream, severityRank } from '../../shared/troubles.ts'
import type { ServerStreams } from './serverStreams.ts'
import { shownStreams } from './serverTotals.ts'
import { factsOf, figuresOf, outageSinceOf, type ShownStream } from './streamRecord.ts'

/** A stream for which `troubleOfStream` finds a trouble. */
export interface TroubledStream {
  readonly serverName: string
  readonly facts: StreamFacts
  readonly figures: StreamFigures
}

/** Start of the trouble as in `troubleOfStream`, except for losses, which are rare. */
function troubledSince(stream: ShownStream): number {
  const outageSince = outageSinceOf(stream)
  return Number.isNaN(outageSince) ? stream.stateSince : outageSince
}

interface Ranked {
  readonly stream: ShownStream
  readonly server: ServerStreams
  readonly rank: number
}
const troubledStream = ({ stream, server }: Ranked): TroubledStream => ({
  serverName: server.name,
  facts: factsOf(stream),
  figures: figuresOf(stream, server.shown.readAt),
})

/** All streams in trouble, worst first, created one by one. */
export function* eachTroubled(servers: Iterable<ServerStreams>): Iterable<TroubledStream> {
  const troubled: Ranked[] = []
  for (const server of servers)
    for (const stream of shownStreams(server)) {
      const severity = severityOfStream(stream, stream)
      if (severity !== null) troubled.push({ stream, server, rank: severityRank[severity] })
    }
  troubled.sort((a, b) => a.rank - b.rank || b.stream.stateSince - a.stream.stateSince)
  for (const ranked of troubled) yield troubledStream(ranked)
}

/** Their number, and up to `most` of them, the worst kinds first and the newest first within a kind. */
export function worstTroubled(servers: Iterable<ServerStreams>, most: number): { readonly total: number; readonly worst: readonly TroubledStream[] } {
  let total = 0
  // Worst first, and never longer than `most`: after a large failure there may be 100,000.
  const worst: Ranked[] = []
  for (const server of servers)
    for (const { shown: stream } of server.rows) {
      const severity = stream && severityOfStream(stream, stream)
      if (stream === null || severity === null) continue
      total++
      const rank = severityRank[severity]
      const since = troubledSince(stream)
      const isBefore = (other: Ranked) => rank < other.rank || (rank === other.rank && since > troubledSince(other.stream))
      const last = worst.at(-1)
      if (worst.length >= most && last && !isBefore(last)) continue
      let from = 0
      let to = worst.length
      while (from < to) {
        const middle = (from + to) >> 1
        const other = worst[middle]
        if (other && isBefore(other)) to = middle
        else from = middle + 1
      }
      worst.splice(from, 0, { stream, server, rank })
      if (worst.length > most) worst.pop()
    }
  return {
    total,
    worst: worst.map(troubledStream),
  }
}

export function countTroubled({ rows }: ServerStreams): number {
  let count = 0
  for (const { shown } of rows) if (shown !== null && severityOfStream(shown, shown) !== null) count++
  return count
}
