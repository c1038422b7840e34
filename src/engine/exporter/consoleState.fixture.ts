import { type AlarmCounts, alarmStates } from '../../shared/alarms.ts'
import type { ConsoleState } from './consoleFamilies.ts'

const none = { critical: 0, major: 0, minor: 0, warning: 0 }

/** A console that has just begun. */
export function someConsole(state: Partial<ConsoleState> = {}): ConsoleState {
  return {
    version: '1.2.3',
    isDemo: false,
    startedAt: 1_000_000,
    alarms: Object.fromEntries(alarmStates.map((one) => [one, none])) as unknown as AlarmCounts,
    incidents: none,
    troubles: [],
    channels: [],
    heartbeatAt: null,
    snapshots: null,
    probes: null,
    store: null,
    mediaDeaths: {},
    cpuSeconds: 1.5,
    residentBytes: 1000,
    ...state,
  }
}
