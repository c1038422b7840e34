import { countsOf } from '../shared/alarms.ts'
import { openIncidentsOf } from '../shared/incidents.ts'
import { type OwnTrouble, ownTroublesOf } from './alarms/conditions.ts'
import type { Alerting } from './createAlerting.ts'
import type { Pictures } from './createPictures.ts'
import type { Probing } from './createProbing.ts'
import type { ServerLogs } from './createServerLogs.ts'
import { type ConsoleState, channelFigures } from './exporter/consoleFamilies.ts'
import { createStoreFigures } from './exporter/storeFigures.ts'
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
