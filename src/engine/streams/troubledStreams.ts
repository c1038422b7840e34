import type { StreamFacts, StreamFigures } from '../../shared/streams.ts'
import { severityOfStream, severityRank } from '../../shared/troubles.ts'
import type { ServerStreams } from './serverStreams.ts'
import { factsOf, figuresOf, outageSinceOf, type ShownStream } from './streamRecord.ts'

/** A stream for which `troubleOfStream` finds a trouble. */
export interface TroubledStream {
  readonly serverName: string
  readonly facts: StreamFacts
  readonly figures: StreamFigures
}

/** Start of the trouble, as in `troubleOfStream`. */
function troubledSince(stream: ShownStream): number {
  const since = stream.state === 'live' ? stream.lossSince : outageSinceOf(stream)
  return Number.isNaN(since) ? stream.stateSince : since
}

interface Ranked {
  readonly stream: ShownStream
  readonly server: ServerStreams
  readonly rank: number
  readonly since: number
}
function* rankedOf(servers: Iterable<ServerStreams>): Iterable<Ranked> {
  for (const server of servers)
    for (const { shown: stream } of server.rows) {
      const severity = stream && severityOfStream(stream, stream)
      if (stream !== null && severity !== null) yield { stream, server, rank: severityRank[severity], since: troubledSince(stream) }
    }
}
/** The worst kinds first, and the newest of a kind. */
const compareRanked = (a: Ranked, b: Ranked) => a.rank - b.rank || b.since - a.since

const troubledStream = ({ stream, server }: Ranked): TroubledStream => ({
  serverName: server.name,
  facts: factsOf(stream),
  figures: figuresOf(stream, server.shown.readAt),
})

/** All streams in trouble, worst first, created one by one. */
export function* eachTroubled(servers: Iterable<ServerStreams>): Iterable<TroubledStream> {
  for (const ranked of [...rankedOf(servers)].sort(compareRanked)) yield troubledStream(ranked)
}

/** The streams of one server that are in trouble, created one by one, in no order. */
export function* eachTroubledOf(server: ServerStreams): Iterable<TroubledStream> {
  for (const ranked of rankedOf([server])) yield troubledStream(ranked)
}

/** Their number, and up to `most` of them, the worst kinds first and the newest first within a kind. */
export function worstTroubled(servers: Iterable<ServerStreams>, most: number): { readonly total: number; readonly worst: readonly TroubledStream[] } {
  let total = 0
  // Worst first, and never longer than `most`: after a large failure there may be 100,000.
  const worst: Ranked[] = []
  for (const ranked of rankedOf(servers)) {
    total++
    const last = worst.at(-1)
    if (worst.length >= most && last && compareRanked(ranked, last) >= 0) continue
    let from = 0
    let to = worst.length
    while (from < to) {
      const middle = (from + to) >> 1
      const other = worst[middle]
      if (other && compareRanked(ranked, other) < 0) to = middle
      else from = middle + 1
    }
    worst.splice(from, 0, ranked)
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
