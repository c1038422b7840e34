import { someAlarmCounts } from '../../shared/alarms.fixture.ts'
import type { EvaluatedStream, FigureColumns, FleetChanges } from '../../shared/fleet.ts'

/** Facts of a stream for tests of the window's state. */
export function someFacts(slot: number, path: string, change: Partial<EvaluatedStream> = {}): EvaluatedStream {
  return {
    slot,
    serverId: 'a',
    path,
    state: 'live',
    stateSince: 0,
    why: null,
    sourceType: 'srtConn',
    tracks: [],
    width: null,
    height: null,
    upSince: 0,
    lastLiveAt: 0,
    outageSince: null,
    onDemand: false,
    expected: true,
    publisher: null,
    severity: null,
    ...change,
  }
}

/** Figures of one poll: bit rates by slot, null for unknown. */
export function someFigures(readAt: number, bitrates: readonly (readonly [slot: number, bps: number | null, lost?: number])[]): FigureColumns {
  return {
    slot: bitrates.map(([slot]) => slot),
    bitrateInBps: bitrates.map(([, bps]) => bps),
    bitrateOutBps: bitrates.map(([, bps]) => bps),
    readers: bitrates.map(([, bps]) => (bps === null ? null : 1)),
    ownReaders: bitrates.map(() => 0),
    lostLastMinute: bitrates.map(([, bps, lost]) => (bps === null ? null : (lost ?? 0))),
    rttMs: bitrates.map(() => null),
    readAt: bitrates.map(() => readAt),
  }
}

export function someChanges(change: Partial<FleetChanges> = {}): FleetChanges {
  return {
    launch: 'one',
    revision: 1,
    reset: false,
    at: 1000,
    servers: [],
    removedServers: [],
    streams: [],
    removedSlots: [],
    figures: someFigures(0, []),
    more: false,
    alarms: null,
    incidents: null,
    alarmCounts: someAlarmCounts(),
    incidentCounts: someAlarmCounts(),
    alarmsKeptFrom: null,
    consoleWhy: null,
    ...change,
  }
}
