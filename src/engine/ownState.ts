import { countsOf } from '../shared/alarms.ts'
import { openIncidentsOf } from '../shared/incidents.ts'
import type { PictureReason } from '../shared/previews.ts'
import { type OwnTrouble, ownTroublesOf } from './alarms/conditions.ts'
import type { Alerting } from './createAlerting.ts'
import type { ServerLogs } from './createServerLogs.ts'
import { type ConsoleState, channelFigures } from './exporter/consoleFamilies.ts'
import { createStoreFigures } from './exporter/storeFigures.ts'
import type { LateParts } from './lateParts.ts'
import type { Wiring } from './wiring.ts'

/** What is wrong with this console itself, as far as its parts exist yet. */
export function ownTroubles({ store }: Wiring, parts: LateParts, logs: Pick<ServerLogs, 'trouble'>): readonly OwnTrouble[] {
  /** Why this console can read no stream, where it is to read some. */
  const media: PictureReason | null = parts.probing?.probes.cannotRead() ?? parts.pictures?.snapshots.cannotRead() ?? null
  return ownTroublesOf({
    store: store.trouble() ?? logs.trouble(),
    backup: store.backupTrouble(),
    network: parts.servers?.consoleWhy() ?? null,
    media,
    refusals: parts.alerting?.notifications.refusals() ?? [],
    unreached: parts.alerting?.notifications.unreached() ?? [],
  })
}

/** What the console says of itself to Prometheus. */
export function createOwnState(
  { ports, options, store, startedAt }: Wiring,
  parts: LateParts,
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
      snapshots: parts.pictures && { totals: parts.pictures.snapshots.totals(), status: parts.pictures.snapshots.status() },
      probes: parts.probing?.probes.status() ?? null,
      store: storeFigures(),
      mediaDeaths: ports.media?.deaths?.() ?? {},
      cpuSeconds: (user + system) / 1_000_000,
      residentBytes: process.memoryUsage.rss(),
    }
  }
}
