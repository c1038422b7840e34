import { accessContract } from './access.ts'
import { accountsContract } from './accounts.ts'
import { alarmStatisticsContract } from './alarmStatistics.ts'
import { alarmsContract } from './alarms.ts'
import { availabilityContract } from './availability.ts'
import { bundlesContract } from './bundles.ts'
import { camerasContract } from './cameras.ts'
import { canariesContract } from './canaries.ts'
import { channelsContract } from './channels.ts'
import { configurationsContract } from './configurations.ts'
import { dailyChecksContract } from './dailyChecks.ts'
import { diagnosisContract } from './diagnosis.ts'
import { dossiersContract } from './dossier.ts'
import { fleetContract } from './fleet.ts'
import { guestsContract } from './guests.ts'
import { handoversContract } from './handovers.ts'
import { historyContract } from './history.ts'
import { hostsContract } from './hosts.ts'
import { incidentsContract } from './incidents.ts'
import { maintenanceContract } from './maintenance.ts'
import { onAirContract } from './onAir.ts'
import { pathEditsContract } from './pathEdits.ts'
import { pathsContract } from './paths.ts'
import { playabilityContract } from './playability.ts'
import { previewsContract } from './previews.ts'
import { probesContract } from './probes.ts'
import { recordingsContract } from './recordings.ts'
import { rehearsalContract } from './rehearsal.ts'
import { remediesContract } from './remedies.ts'
import { remoteProbesContract } from './remoteProbes.ts'
import { reportsContract } from './reports.ts'
import { rulesContract } from './rules.ts'
import { serversContract } from './servers.ts'
import { sessionsContract } from './sessions.ts'
import { snapshotsContract } from './snapshots.ts'
import { streamsContract } from './streams.ts'
import { viewingContract } from './viewing.ts'
import { wallsContract } from './walls.ts'
import { webrtcContract } from './webrtc.ts'

/** The whole API. The window, the browser, attached desks and scripts use this and nothing else. */
export const contract = {
  access: accessContract,
  accounts: accountsContract,
  fleet: fleetContract,
  alarms: { ...alarmsContract, ...alarmStatisticsContract },
  incidents: incidentsContract,
  rules: { ...rulesContract, ...rehearsalContract },
  channels: channelsContract,
  maintenance: maintenanceContract,
  onAir: onAirContract,
  availability: availabilityContract,
  handovers: handoversContract,
  reports: reportsContract,
  servers: serversContract,
  configurations: configurationsContract,
  pathEdits: pathEditsContract,
  remedies: remediesContract,
  streams: streamsContract,
  paths: pathsContract,
  sessions: sessionsContract,
  viewing: viewingContract,
  recordings: recordingsContract,
  history: historyContract,
  previews: previewsContract,
  webrtc: webrtcContract,
  snapshots: snapshotsContract,
  walls: wallsContract,
  cameras: camerasContract,
  guests: guestsContract,
  hosts: hostsContract,
  probes: probesContract,
  remoteProbes: remoteProbesContract,
  canaries: canariesContract,
  dailyChecks: dailyChecksContract,
  bundles: bundlesContract,
  dossiers: dossiersContract,
  diagnosis: diagnosisContract,
  playability: playabilityContract,
}
export type Contract = typeof contract
