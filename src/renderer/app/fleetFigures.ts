import { countStreams, type StreamCounts } from '../../shared/countStreams.ts'
import { type Server, type ServerTotals, serverStaleAfterMs, sumTotals } from '../../shared/servers.ts'
import type { StreamRow } from './fleetRows.ts'

/** One line of figures over all servers. */
export interface FleetFigures {
  readonly servers: number
  readonly serversUp: number
  /** Servers that do not answer or refuse access; and those of which nothing is known now. Paused ones are in none of the three. */
  readonly serversDown: number
  readonly serversUnknown: number
  readonly totals: ServerTotals
  /** Names of the servers whose figures are not known, so that the sums leave them out. Paused ones are not missed. */
  readonly missing: readonly string[]
  /** Names of those that never answered: how many streams they have is not known. */
  readonly neverSeen: readonly string[]
  /** Streams that are not known though their server is not paused. */
  readonly unknownStreams: number
  /** Streams that were live before their server was away and were not seen since, and since when the first of these servers is back. */
  readonly notBackYet: { readonly streams: number; readonly since: number } | null
}

/** The server whose last answer is the oldest of all. */
export interface OldestAnswer {
  readonly serverId: string
  readonly name: string
  /** Engine's clock. */
  readonly at: number
  /** From when on it is too old to be believed. */
  readonly staleFrom: number
}

/** The counts of some rows. */
export const countOf = (rows: readonly StreamRow[]): StreamCounts => countStreams(rows.map(({ facts }) => facts))

/** Adds up the servers' own totals, so that the line of figures and the table never contradict each other. */
export function sumFigures(servers: readonly Server[]): FleetFigures {
  let serversUp = 0
  let serversDown = 0
  let serversUnknown = 0
  let unknownStreams = 0
  const missing: string[] = []
  const neverSeen: string[] = []
  const returning: { readonly streams: number; readonly since: number }[] = []
  for (const { state, totals, name, notBackYet } of servers) {
    if (state === 'paused') continue
    if (state === 'up') serversUp++
    else if (state === 'down' || state === 'halted') serversDown++
    else serversUnknown++
    unknownStreams += totals.unknown ?? 0
    if (notBackYet !== null) returning.push(notBackYet)
    if (totals.bitrateInBps === null) missing.push(name)
    if (totals.streams === null) neverSeen.push(name)
  }
  return {
    servers: servers.length,
    serversUp,
    serversDown,
    serversUnknown,
    missing,
    neverSeen,
    unknownStreams,
    notBackYet:
      returning.length === 0
        ? null
        : { streams: returning.reduce((sum, { streams }) => sum + streams, 0), since: Math.min(...returning.map(({ since }) => since)) },
    totals: sumTotals(servers.map(({ totals }) => totals)),
  }
}

/** Of the servers that are polled and not known to be down: their last answer is what is shown. */
export function findOldest(servers: Iterable<Server>): OldestAnswer | null {
  let oldest: OldestAnswer | null = null
  for (const server of servers) {
    const { id, name, state, lastAnswerAt: at } = server
    if (at === null || state === 'paused' || state === 'down' || state === 'halted') continue
    if (oldest === null || at < oldest.at) oldest = { serverId: id, name, at, staleFrom: at + serverStaleAfterMs(server) }
  }
  return oldest
}
