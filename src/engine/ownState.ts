import type { Clock } from '../clock/clock.ts'
import { countsOf } from '../shared/alarms.ts'
import type { StoreFigures } from '../shared/history.ts'
import { openIncidentsOf } from '../shared/incidents.ts'
import { type OwnTrouble, ownTroublesOf } from './alarms/conditions.ts'
import type { Alerting } from './createAlerting.ts'
import type { Pictures } from './createPictures.ts'
import type { Probing } from './createProbing.ts'
import type { ServerLogs } from './createServerLogs.ts'
import { type ConsoleState, channelFigures } from './exporter/consoleFamilies.ts'
import type { History } from './history/history.ts'
import type { Servers } from './servers/servers.ts'
import type { Wiring } from './wiring.ts'

/** What is wrong with this console itself. */
export function ownTroubles(
  { store }: Wiring,
  logs: Pick<ServerLogs, 'trouble'>,
  servers: Servers,
  { snapshots }: Pictures,
  { probes }: Probing,
  { notifications }: Alerting,
): readonly OwnTrouble[] {
  return ownTroublesOf({
    store: store.trouble() ?? logs.trouble(),
    backup: store.backupTrouble(),
    network: servers.consoleWhy(),
    /** Why this console can read no stream, where it is to read some. */
    media: probes.cannotRead() ?? snapshots.cannotRead(),
    refusals: notifications.refusals(),
    unreached: notifications.unreached(),
  })
}

/** What the console says of itself to Prometheus. */
export function createOwnState(
  { ports, options, store, startedAt }: Wiring,
  { snapshots }: Pictures,
  { probes }: Probing,
  { alarms, notifications }: Alerting,
  troubles: () => readonly OwnTrouble[],
): () => ConsoleState {
  const storeFigures = createStoreFigures(ports.clock, store.history)
  return () => {
    const { user, system } = process.cpuUsage()
    return {
      version: ports.version,
      isDemo: options.demo ?? false,
      startedAt,
      alarms: alarms.counts(),
      incidents: openIncidentsOf(countsOf(alarms.incidents())).bySeverity,
      troubles: troubles(),
      channels: channelFigures(notifications),
      heartbeatAt: notifications.readiness().heartbeat?.okAt ?? null,
      snapshots: { totals: snapshots.totals(), status: snapshots.status() },
      probes: probes.status(),
      store: storeFigures(),
      mediaDeaths: ports.media?.deaths?.() ?? {},
      cpuSeconds: (user + system) / 1_000_000,
      residentBytes: process.memoryUsage.rss(),
    }
  }
}

/** Older figures are not known any more, ms. */
const holdsMs = 300_000

/**
 * The store's own figures for scrapes. Its thread may be busy for long, so a scrape does not wait for it: it gets what the one before it
 * asked for, and asks for the next. null: there are none of the last five minutes.
 */
function createStoreFigures(clock: Clock, history: Pick<History, 'figures'>): () => StoreFigures | null {
  let newest: { readonly at: number; readonly figures: StoreFigures } | null = null
  let isAsked = false
  const ask = async () => {
    isAsked = true
    try {
      newest = { figures: await history.figures(), at: clock.monotonic() }
    } finally {
      isAsked = false
    }
  }
  return () => {
    if (!isAsked) void ask().catch(() => {})
    return newest !== null && clock.monotonic() - newest.at <= holdsMs ? newest.figures : null
  }
}
