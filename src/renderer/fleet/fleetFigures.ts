import type { TFunction } from 'i18next'
import { countStreams, type StreamCounts } from '../../shared/countStreams.ts'
import { isWrongNow } from '../../shared/incidents.ts'
import type { Reason } from '../../shared/reasons.ts'
import { countServers, type Server, type ServerCounts, type ServerTotals, serverStaleAfterMs, sumTotals } from '../../shared/servers.ts'
import type { Verdict } from '../../shared/shell.ts'
import type { StreamRow } from './fleetRows.ts'
import type { OpenAlarms } from './openAlarms.ts'

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

interface Evaluated {
  /** The engine is not connected. */
  readonly gone: boolean
  readonly consoleWhy: Reason | null
  /** null: nothing is known yet. */
  readonly alarms: OpenAlarms | null
  readonly figures: FleetFigures
}

/** The verdict on the whole fleet, one for pages, top bar, title and tray, so that they never contradict each other. Pure. */
export function verdictOf({ gone, consoleWhy, alarms, figures }: Evaluated): Verdict {
  const { serversUp, serversUnknown, unknownStreams, totals } = figures
  if (gone) return 'unknown'
  if (alarms !== null && (alarms.open.total > 0 || alarms.incidents.some(isWrongNow))) return 'trouble'
  if (serversUnknown > 0 || consoleWhy !== null || (serversUp > 0 && unknownStreams > 0)) return 'unknown'
  return serversUp === 0 || !totals.streams ? 'nothing' : 'well'
}

/** With more names than this, only their number is given. */
const mostNames = 2

/** Says which servers a sum lacks, by name if they fit into `letters`: `without Berlin`; undefined: none. */
export function withoutText(names: readonly string[], t: TFunction, letters = Number.POSITIVE_INFINITY): string | undefined {
  return names.length === 0
    ? undefined
    : names.length === 1 || (names.length <= mostNames && names.join(', ').length <= letters)
      ? t('overview.withoutNamed', { names: names.join(', ') })
      : t('overview.without', { count: names.length })
}

const order: Record<Server['state'], number> = { down: 0, halted: 0, unknown: 1, connecting: 1, up: 2, paused: 3 }
/** Servers that do not answer come first, paused ones last, the rest as they came. Pure. */
export function worstFirst(servers: readonly Server[]): readonly Server[] {
  return [...servers].sort((a, b) => order[a.state] - order[b.state])
}
