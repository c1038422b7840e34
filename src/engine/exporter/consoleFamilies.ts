import { type AlarmCounts, alarmStates } from '../../shared/alarms.ts'
import { type SentCounts, sentOutcomes } from '../../shared/channels.ts'
import type { StoreFigures } from '../../shared/history.ts'
import type { OpenIncidents } from '../../shared/incidents.ts'
import type { ProbeStatus } from '../../shared/probes.ts'
import { severities } from '../../shared/severities.ts'
import type { SnapshotStatus } from '../../shared/snapshots.ts'
import type { Notifications } from '../notifications/notifications.ts'
import type { SnapshotTotals } from '../snapshots/snapshots.ts'
import { counter, type Family, gauge, info, labelsText } from './exposition.ts'

/** A channel, and what it was sent since the console began. */
interface ChannelFigures extends SentCounts {
  readonly name: string
  readonly kind: string
  readonly waiting: number
  readonly isUp: boolean
  /** Epoch ms; null: never. */
  readonly deliveredAt: number | null
}

export function channelFigures(notifications: Pick<Notifications, 'channels' | 'sent'>): readonly ChannelFigures[] {
  const sent = notifications.sent()
  return notifications.channels().map(({ name, kind, waiting, failure, deliveredAt }) => ({
    ...(sent.get(name) ?? { accepted: 0, failed: 0, refused: 0 }),
    name,
    kind,
    waiting,
    isUp: failure === null,
    deliveredAt,
  }))
}

export interface ConsoleState {
  readonly version: string
  readonly isDemo: boolean
  readonly startedAt: number
  readonly alarms: AlarmCounts
  readonly incidents: OpenIncidents['bySeverity']
  readonly troubles: readonly { readonly kind: string; readonly severity: string }[]
  readonly channels: readonly ChannelFigures[]
  /** When the watcher of its heartbeat answered last, epoch ms; null: there is none, or it has not. */
  readonly heartbeatAt: number | null
  readonly snapshots: { readonly totals: SnapshotTotals; readonly status: SnapshotStatus } | null
  readonly probes: ProbeStatus | null
  /** null: not known now. */
  readonly store: StoreFigures | null
  /** By what the process is for. */
  readonly mediaDeaths: Readonly<Record<string, number>>
  readonly cpuSeconds: number
  readonly residentBytes: number
}

export function* consoleFamilies(state: ConsoleState): Iterable<Family> {
  yield info(
    'mtxdeck_info',
    'The console: its version, and whether its servers are simulated.',
    `${labelsText({ version: state.version, demo: String(state.isDemo) })} 1`,
  )
  yield gauge(
    'mtxdeck_alarms',
    'Open alarms by state and severity.',
    ...alarmStates.flatMap((one) => severities.map((severity) => `{state="${one}",severity="${severity}"} ${state.alarms[one][severity]}`)),
  )
  yield gauge(
    'mtxdeck_incidents',
    'Incidents that are not over and were not put away, by their worst severity now.',
    ...severities.map((severity) => `{severity="${severity}"} ${state.incidents[severity]}`),
  )
  yield gauge(
    'mtxdeck_console_trouble',
    '1 for what is wrong with this console itself.',
    ...state.troubles.map(({ kind, severity }) => `{kind="${kind}",severity="${severity}"} 1`),
  )
  yield* channelFamilies(state)
  yield* snapshotFamilies(state)
  yield* probeQueueFamilies(state)
  yield* storeFamilies(state)
  yield counter(
    'mtxdeck_media_process_deaths_total',
    'How often a media process died and was started again, by what it is for.',
    ...Object.entries(state.mediaDeaths).map(([use, deaths]) => `${labelsText({ use })} ${deaths}`),
  )
  yield gauge('process_start_time_seconds', 'When the console was started, since 1970.', ` ${state.startedAt / 1000}`)
  yield gauge('process_resident_memory_bytes', 'Memory of its process.', ` ${state.residentBytes}`)
  yield counter('process_cpu_seconds_total', 'Time of the processor that its process used.', ` ${state.cpuSeconds}`)
}

/** A line where the value is known. */
const known = (value: number | null, labels = ''): readonly string[] => (value === null ? [] : [`${labels} ${value}`])
const secondsOf = (ms: number | null): number | null => (ms === null ? null : ms / 1000)

function* channelFamilies({ channels, heartbeatAt }: ConsoleState): Iterable<Family> {
  const each = (of: (channel: ChannelFigures) => number | null) => channels.flatMap((channel) => known(of(channel), labelsText({ channel: channel.name })))
  yield info(
    'mtxdeck_channel_info',
    'A channel that is told of alarms: its kind.',
    ...channels.map(({ name, kind }) => `${labelsText({ channel: name, kind })} 1`),
  )
  yield gauge(
    'mtxdeck_channel_up',
    '1: the channel accepted what it was last sent, or was sent nothing yet; 0: it did not.',
    ...each(({ isUp }) => Number(isUp)),
  )
  yield gauge(
    'mtxdeck_channel_last_delivery_timestamp_seconds',
    'When a message about an alarm was last delivered, since 1970.',
    ...each(({ deliveredAt }) => secondsOf(deliveredAt)),
  )
  yield counter(
    'mtxdeck_messages_total',
    'Messages about alarms by what the channel did: accepted, failed (and sent again), refused for good.',
    ...channels.flatMap((channel) => sentOutcomes.map((outcome) => `${labelsText({ channel: channel.name, outcome })} ${channel[outcome]}`)),
  )
  yield gauge('mtxdeck_messages_waiting', 'Messages to a channel that are not sent yet.', ...each(({ waiting }) => waiting))
  yield gauge('mtxdeck_heartbeat_timestamp_seconds', 'When the watcher of the heartbeat last answered, since 1970.', ...known(secondsOf(heartbeatAt)))
}

function* snapshotFamilies({ snapshots }: ConsoleState): Iterable<Family> {
  if (snapshots === null) return
  const { totals, status } = snapshots
  yield counter(
    'mtxdeck_snapshots_total',
    'Readings of streams for a snapshot, by outcome.',
    `{outcome="taken"} ${totals.taken}`,
    `{outcome="failed"} ${totals.failed}`,
  )
  yield gauge('mtxdeck_snapshot_streams_late', 'Live streams that have no snapshot within twice their interval.', ` ${status.late}`)
  yield gauge('mtxdeck_snapshots_kept_bytes', 'Size of the snapshots in the store.', ` ${status.kept.bytes}`)
}

function* probeQueueFamilies({ probes }: ConsoleState): Iterable<Family> {
  if (probes === null) return
  yield gauge('mtxdeck_probes_reading', 'Probes that are being read now.', ` ${probes.reading}`)
  yield gauge('mtxdeck_probes_late', 'Probes that wait longer than half their interval for their turn.', ` ${probes.late}`)
}

function* storeFamilies({ store }: ConsoleState): Iterable<Family> {
  if (store === null) return
  yield gauge('mtxdeck_store_bytes', 'Size of the history, by what is kept.', ...store.kept.map(({ kept, bytes }) => `{kept="${kept}"} ${bytes}`))
  yield gauge('mtxdeck_store_free_bytes', 'Free space on the disk of the history.', ...known(store.freeBytes))
}
