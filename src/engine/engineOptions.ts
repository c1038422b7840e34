import type { YamlCanary } from '../shared/canaries.ts'
import type { Route } from '../shared/channels.ts'
import type { ConsoleTrouble } from '../shared/consoleTroubles.ts'
import type { DailySettings } from '../shared/dailyChecks.ts'
import type { MaintenanceInput } from '../shared/maintenance.ts'
import type { OnAirInput } from '../shared/onAir.ts'
import type { RemoteProbeInput } from '../shared/remoteProbes.ts'
import type { RuleInput } from '../shared/rules.ts'
import type { ServerInput } from '../shared/servers.ts'
import type { SnapshotSettings } from '../shared/snapshots.ts'
import type { DefaultStreams } from '../shared/webrtc.ts'
import type { OidcSettings } from './accounts/oidc.ts'
import type { SearchedNetworks } from './cameras/networkSearch.ts'
import type { FirstPast } from './firstPast.ts'
import type { YamlHost } from './hosts/hosts.ts'
import type { ChannelInput } from './notifications/channelKinds.ts'
import type { DrillInput, HeartbeatInput } from './notifications/readiness.ts'
import type { YamlProbe } from './probes/probes.ts'
import type { StorageError } from './storage/storageTrouble.ts'

export interface EngineOptions extends Partial<YamlNamed> {
  /** Where browsers reach this console, for links in messages. */
  readonly publicUrl?: string
  /** The provider that people sign in with too. */
  readonly oidc?: OidcSettings | null
  /** Also watch this machine once a media server runs on it. */
  readonly offersThisMachine?: boolean
  /** known_hosts files to read for every host; default: the files ssh uses. */
  readonly knownHostsFiles?: readonly string[]
  /** What was found about where the data folder lies (`checkFolder`). */
  readonly folderTrouble?: ConsoleTrouble | null
  /** The fleet is simulated; every screen says so. */
  readonly demo?: boolean
  /** Simulated past up to `to`, written into an empty history. */
  readonly firstPast?: (to: number) => readonly FirstPast[]
  /** Bundle file to show instead of polling servers. Needs an empty data folder. */
  readonly bundle?: string
  /** Retention of samples, unless limits were set in the console. */
  readonly keepDays?: number
  readonly keepBytes?: number
  /** Path of the machine's ffmpeg, unless one was set in the console. */
  readonly ffmpeg?: string
  /** How snapshots are taken, unless that was set in the console. */
  readonly snapshots?: SnapshotSettings
  /** Maximum load that polling may put on a server, in percent of one of its cores; above it, the polling interval grows. Default 1. */
  readonly costLimitPercent?: number
  /** Address of the `release.json` that tells of newer versions; null: it is not looked for. */
  readonly updates?: string | null
  /** For benchmarks; called with the ms from the last byte of a round's answers to its samples. */
  readonly onRoundHandled?: (ms: number) => void
  /** For tests: whether this machine has any network but loopback. */
  readonly hasNetwork?: () => boolean
  /** For tests: networks instead of those of this machine, and whom a search for cameras asks there. */
  readonly searched?: SearchedNetworks
}
export type EngineStartError = StorageError<
  'dataDirInUse' | 'dataDirNotWritable' | 'databaseNewer' | 'databaseOlder' | 'databaseDamaged' | 'nodeTooOld' | 'bundleRefused'
>
/** A server listed in the configuration file. Its secret is already resolved. */
export type YamlServer = ServerInput
/** The contents of a configuration file: marked as such and not editable. */
export interface YamlNamed extends AlertingInput {
  /** They take precedence over stored servers of the same name, and so do hosts and probes. */
  readonly servers: readonly YamlServer[]
  readonly hosts: readonly YamlHost[]
  readonly probes: readonly YamlProbe[]
  readonly vantages?: readonly RemoteProbeInput[]
  readonly canaries?: readonly YamlCanary[]
  /** When streams are expected to be on air. */
  readonly onAir: readonly OnAirInput[]
  /** Settings of the daily camera check; null: the console's own settings apply. */
  readonly dailyCheck?: DailySettings | null
  /** Patterns for parsing stream names; null: the console's own settings apply. */
  readonly naming?: readonly string[] | null
  /** Streams for WHIP and WHEP requests through this console that do not name one. From environment variables, so it does not change after the start. */
  readonly defaultStreams?: DefaultStreams | null
}
export interface AlertingInput {
  /** Changes to shipped rules, and additional rules. */
  readonly rules: readonly RuleInput[]
  readonly channels: readonly ChannelInput[]
  /** Which channels are notified of which alarms; null: everything goes to every channel. */
  readonly routes: readonly Route[] | null
  /** The heartbeat sent to an external watchdog. */
  readonly heartbeat?: HeartbeatInput | null
  /** When each channel gets a test message. */
  readonly drill?: DrillInput | null
  /** Maintenance windows: shown with a mark, not editable. */
  readonly maintenance: readonly MaintenanceInput[]
}
