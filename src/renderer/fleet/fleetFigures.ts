import { countStreams, type StreamCounts } from '../../shared/countStreams.ts'
import { countServers, type Server, type ServerCounts, type ServerTotals, serverStaleAfterMs, sumTotals } from '../../shared/servers.ts'
import type { StreamRow } from './fleetRows.ts'

/** Totals over all servers. */
export interface FleetFigures extends ServerCounts {
  readonly totals: ServerTotals
  /** Names of servers missing from the sums because their figures are unknown. Paused ones don't count as missing. */
  readonly missing: readonly string[]
  /** Names of those missing from the sum of what is sent, which may be unknown alone: for a moment after most of its readers have left. */
  readonly missingOut: readonly string[]
  /** Names of servers that never answered, whose number of streams is unknown. */
  readonly neverSeen: readonly string[]
  /** Streams in an unknown state, without those of paused servers. */
  readonly unknownStreams: number
}

/** The server with the oldest last answer. */
export interface OldestAnswer {
  readonly serverId: string
  readonly name: string
  /** Time of the answer, engine's clock. */
  readonly at: number
  /** Time from which the answer counts as stale. */
  readonly staleFrom: number
}

export function countOf(rows: readonly StreamRow[]): StreamCounts {
  return countStreams(rows.map(({ facts }) => facts))
}

/** Adds up the servers' own totals, so that the figures above and the servers table always agree. */
export function sumFigures(servers: readonly Server[]): FleetFigures {
  let unknownStreams = 0
  const missing: string[] = []
  const missingOut: string[] = []
  const neverSeen: string[] = []
  for (const { state, totals, name } of servers) {
    if (state === 'paused') continue
    unknownStreams += totals.unknown ?? 0
    if (totals.bitrateInBps === null) missing.push(name)
    if (totals.bitrateOutBps === null) missingOut.push(name)
    if (totals.streams === null) neverSeen.push(name)
  }
  return {
    ...countServers(servers),
    missing,
    missingOut,
    neverSeen,
    unknownStreams,
    totals: sumTotals(servers.map(({ totals }) => totals)),
  }
}

/** Finds the oldest answer among servers that are polled and not known to be down, because their last answer is what is shown. */
export function findOldest(servers: Iterable<Server>): OldestAnswer | null {
  let oldest: OldestAnswer | null = null
  for (const server of servers) {
    const { id, name, state, lastAnswerAt: at } = server
    if (at === null || state === 'paused' || state === 'down' || state === 'halted') continue
    if (oldest === null || at < oldest.at) oldest = { serverId: id, name, at, staleFrom: at + serverStaleAfterMs(server) }
  }
  return oldest
}
