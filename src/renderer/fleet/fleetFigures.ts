import type { TFunction } from 'i18next'
import { countStreams, type StreamCounts } from '../../shared/countStreams.ts'
import { isWrongNow } from '../../shared/incidents.ts'
import type { Reason } from '../../shared/reasons.ts'
import { countServers, type Server, serverStaleAfterMs, sumTotals } from '../../shared/servers.ts'
import type { Verdict } from '../../shared/shell.ts'
import type { StreamRow } from './fleetRows.ts'
import type { OpenAlarms } from './openAlarms.ts'

export interface OldestAnswer {
  readonly serverId: string
  readonly name: string
  /** Engine's clock. */
  readonly at: number
  readonly staleFrom: number
}

export function countOf(rows: readonly StreamRow[]): StreamCounts {
  return countStreams(rows.map(({ facts }) => facts))
}

/** Sums of the servers' own totals, so that the figures above and the servers table agree. */
export function sumFigures(servers: readonly Server[]) {
  /** Without those of paused servers. */
  let unknownStreams = 0
  /** Names of servers whose figures are unknown; paused ones don't count. */
  const missing: string[] = []
  /** Missing from the sum of what is sent, which may be unknown alone: for a moment after most readers have left. */
  const missingOut: string[] = []
  /** Their number of streams is unknown. */
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

/** Among servers that are polled and not known to be down, whose last answer is what is shown. */
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
  readonly gone: boolean
  readonly consoleWhy: Reason | null
  /** null: unknown. */
  readonly alarms: OpenAlarms | null
  readonly figures: ReturnType<typeof sumFigures>
}

/** One for pages, top bar, title and tray, so that they never contradict each other. */
export function verdictOf({ gone, consoleWhy, alarms, figures }: Evaluated): Verdict {
  const { serversUp, serversUnknown, unknownStreams, totals } = figures
  if (gone) return 'unknown'
  if (alarms !== null && (alarms.open.total > 0 || alarms.incidents.some(isWrongNow))) return 'trouble'
  if (serversUnknown > 0 || consoleWhy !== null || (serversUp > 0 && unknownStreams > 0)) return 'unknown'
  return serversUp === 0 || !totals.streams ? 'nothing' : 'well'
}

const mostNames = 2

/** `without Berlin`, by name if they fit into `letters`; undefined: none. */
export function withoutText(names: readonly string[], t: TFunction, letters = Number.POSITIVE_INFINITY): string | undefined {
  return names.length === 0
    ? undefined
    : names.length === 1 || (names.length <= mostNames && names.join(', ').length <= letters)
      ? t('overview.withoutNamed', { names: names.join(', ') })
      : t('overview.without', { count: names.length })
}

const order: Record<Server['state'], number> = { down: 0, halted: 0, unknown: 1, connecting: 1, up: 2, paused: 3 }
/** Servers that do not answer first, paused ones last, the rest as they came. */
export function worstFirst(servers: readonly Server[]): readonly Server[] {
  return [...servers].sort((a, b) => order[a.state] - order[b.state])
}
