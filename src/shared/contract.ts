import { accessContract } from './access.ts'
import { alarmStatisticsContract } from './alarmStatistics.ts'
import { alarmsContract } from './alarms.ts'
import { availabilityContract } from './availability.ts'
import { beyondContract } from './beyondNow.ts'
import { bundlesContract } from './bundles.ts'
import { channelsContract } from './channels.ts'
import { dailyChecksContract } from './dailyChecks.ts'
import { fleetContract } from './fleet.ts'
import { historyContract } from './history.ts'
import { hostsContract } from './hosts.ts'
import { incidentsContract } from './incidents.ts'
import { maintenanceContract } from './maintenance.ts'
import { onAirContract } from './onAir.ts'
import { previewsContract } from './previews.ts'
import { probesContract } from './probes.ts'
import { rehearsalContract } from './rehearsal.ts'
import { rulesContract } from './rules.ts'
import { serversContract } from './servers.ts'
import { sessionsContract } from './sessions.ts'
import { snapshotsContract } from './snapshots.ts'
import { streamsContract } from './streams.ts'
import { vantagesContract } from './vantages.ts'

/** The whole API. The window, the browser, attached desks and scripts use this and nothing else. */
export const contract = {
  access: accessContract,
  fleet: fleetContract,
  alarms: { ...alarmsContract, ...alarmStatisticsContract },
  incidents: incidentsContract,
  rules: { ...rulesContract, ...rehearsalContract, ...beyondContract },
  channels: channelsContract,
  maintenance: maintenanceContract,
  onAir: onAirContract,
  availability: availabilityContract,
  servers: serversContract,
  streams: streamsContract,
  sessions: sessionsContract,
  history: historyContract,
  previews: previewsContract,
  snapshots: snapshotsContract,
  hosts: hostsContract,
  probes: probesContract,
  vantages: vantagesContract,
  dailyChecks: dailyChecksContract,
  bundles: bundlesContract,
}
export type Contract = typeof contract
