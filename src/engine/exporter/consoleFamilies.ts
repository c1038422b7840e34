import { type AlarmCounts, alarmStates } from '../../shared/alarms.ts'
import { severities } from '../../shared/troubles.ts'
import { type Family, labelText } from './exposition.ts'

/** What the console says of itself. */
export interface ConsoleState {
  readonly version: string
  readonly isDemo: boolean
  /** Epoch ms. */
  readonly startedAt: number
  readonly alarms: AlarmCounts
  readonly troubles: readonly { readonly kind: string; readonly severity: string }[]
  readonly channels: readonly { readonly name: string; readonly waiting: number; readonly refused: number }[]
  readonly cpuSeconds: number
  readonly residentBytes: number
}

/** The console itself. */
export function* consoleFamilies(state: ConsoleState): Iterable<Family> {
  const gauge = (name: string, help: string, ...lines: readonly string[]): Family => ({ name, type: 'gauge', help, lines: () => lines })
  yield gauge(
    'mtxdeck_info',
    'The console: its version, and whether its servers are simulated.',
    `mtxdeck_info{${labelText('version', state.version)},demo="${state.isDemo}"} 1`,
  )
  yield gauge(
    'mtxdeck_alarms',
    'Open alarms by state and severity.',
    ...alarmStates.flatMap((one) => severities.map((severity) => `mtxdeck_alarms{state="${one}",severity="${severity}"} ${state.alarms[one][severity]}`)),
  )
  yield gauge(
    'mtxdeck_console_trouble',
    '1 for what is wrong with this console itself.',
    ...state.troubles.map(({ kind, severity }) => `mtxdeck_console_trouble{kind="${kind}",severity="${severity}"} 1`),
  )
  const ofChannels = (name: string, figureOf: (channel: ConsoleState['channels'][number]) => number): readonly string[] =>
    state.channels.map((channel) => `${name}{${labelText('channel', channel.name)}} ${figureOf(channel)}`)
  yield gauge('mtxdeck_messages_waiting', 'Messages to a channel that are not sent yet.', ...ofChannels('mtxdeck_messages_waiting', ({ waiting }) => waiting))
  yield gauge(
    'mtxdeck_messages_refused',
    'Messages that a channel refused for good, as kept.',
    ...ofChannels('mtxdeck_messages_refused', ({ refused }) => refused),
  )
  yield gauge('process_start_time_seconds', 'When the console was started, since 1970.', `process_start_time_seconds ${state.startedAt / 1000}`)
  yield gauge('process_resident_memory_bytes', 'Memory of its process.', `process_resident_memory_bytes ${state.residentBytes}`)
  yield {
    name: 'process_cpu_seconds_total',
    type: 'counter',
    help: 'Time of the processor that its process used.',
    lines: () => [`process_cpu_seconds_total ${state.cpuSeconds}`],
  }
}
