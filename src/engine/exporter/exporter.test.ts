import { expect, test } from 'vitest'
import { createTestClock } from '../../clock/testClock.ts'
import { cameraInputSchema } from '../../shared/cameras.ts'
import { exportedMetric } from '../../shared/exportedMetrics.ts'
import type { StoreFigures } from '../../shared/history.ts'
import { someHost } from '../../shared/hosts.fixture.ts'
import { type MetricId, metricIds, pathMetricIds, serverMetricIds } from '../../shared/metrics.ts'
import type { ProbeStatus } from '../../shared/probes.ts'
import { someServer } from '../../shared/servers.fixture.ts'
import type { Server } from '../../shared/servers.ts'
import type { SnapshotStatus } from '../../shared/snapshots.ts'
import { streamStateCodes } from '../../shared/streams.ts'
import { hostSubject, serverSubject, streamSubject } from '../../shared/subjectNames.ts'
import type { StreamState } from '../../shared/watchedStates.ts'
import type { StoredCamera } from '../cameras/cameras.ts'
import type { ConsoleState } from './consoleFamilies.ts'
import { someConsole } from './consoleState.fixture.ts'
import { createExporter, type ExporterDeps, type ExportInput } from './exporter.ts'

type Figures = Partial<Record<MetricId, number>>
const rowOf = (metrics: readonly MetricId[], figures: Figures) => metrics.map((id) => figures[id] ?? Number.NaN)
const stream = (state: StreamState, figures: Figures = {}): Figures => ({ 'path.state': streamStateCodes[state], ...figures })

function setup(
  servers: readonly Server[] = [someServer('berlin', { tags: ['studio', 'north'] })],
  findings: ReturnType<ExporterDeps['findings']> = [],
  state: Partial<ConsoleState> = {},
  cameras: ReturnType<ExporterDeps['cameras']> = [],
) {
  const clock = createTestClock()
  const exporter = createExporter({
    clock,
    servers: () => servers,
    hosts: () => [someHost({ name: 'rack 1' })],
    probes: () => [],
    cameras: () => cameras,
    findings: () => findings,
    console: () => someConsole(state),
  })
  const text = (input: Partial<ExportInput> = {}) => [...exporter.pieces({ format: 'text', operator: null, ...input })].join('')
  return {
    clock,
    exporter,
    text,
    linesOf: (name: string) =>
      text()
        .split('\n')
        .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `)),
    see: (streams: Readonly<Record<string, Figures>>, id = 'berlin') =>
      exporter.see({
        owner: serverSubject(id),
        at: 0,
        parts: Object.keys(streams),
        metrics: pathMetricIds,
        values: Float64Array.from(Object.values(streams).flatMap((figures) => rowOf(pathMetricIds, figures))),
      }),
    seeServer: (figures: Figures, id = 'berlin') =>
      exporter.see({ owner: serverSubject(id), at: 0, parts: null, metrics: serverMetricIds, values: Float64Array.from(rowOf(serverMetricIds, figures)) }),
  }
}

test('expected streams are told by what they are, and add up to all that are expected', () => {
  const counts = { ...someServer('berlin').totals, expected: 4, expectedLive: 2, expectedGone: 1, expectedMaintenance: 1, live: 5 }
  const { linesOf } = setup([someServer('berlin', { totals: counts })])
  expect(linesOf('mtxdeck_server_streams_expected').map((line) => line.replace(/^.*is=/, ''))).toEqual([
    '"live"} 2',
    '"slate"} 0',
    '"stalled"} 0',
    '"gone"} 1',
    '"waiting"} 0',
    '"unknown"} 0',
    '"maintenance"} 1',
  ])
})

test('names are those of Prometheus: base units, ratios, _total for what grows; no two are the same', () => {
  const names = metricIds.map((id) => exportedMetric(id).name)
  expect(new Set(names).size).toBe(names.length)
  for (const name of names) expect(name).toMatch(/^mtxdeck_(stream|server|host|device|probe)_[a-z][a-z0-9_]*$/)
  expect(exportedMetric('path.bitrateIn')).toEqual({ name: 'mtxdeck_stream_bitrate_in_bytes_per_second', type: 'gauge', scale: 1 / 8, step: 12.5 })
  expect(exportedMetric('path.packetsLost')).toMatchObject({ name: 'mtxdeck_stream_packets_lost_total', type: 'counter' })
  expect(exportedMetric('path.rtt')).toMatchObject({ name: 'mtxdeck_stream_rtt_seconds', scale: 0.001 })
  expect(exportedMetric('host.memoryPercent')).toMatchObject({ name: 'mtxdeck_host_memory_ratio', scale: 0.01 })
  expect(exportedMetric('server.certificateDays')).toMatchObject({ name: 'mtxdeck_server_certificate_seconds', scale: 86_400 })
})

test('figures of a stream stand under its server and path, in base units; what is not known is left out', () => {
  const { see, linesOf } = setup()
  see({ cam1: stream('live', { 'path.bitrateIn': 4_200_049, 'path.rtt': 12.3456 }), cam2: stream('live') })
  expect(linesOf('mtxdeck_stream_bitrate_in_bytes_per_second')).toEqual(['mtxdeck_stream_bitrate_in_bytes_per_second{server="berlin",path="cam1"} 525000'])
  expect(linesOf('mtxdeck_stream_rtt_seconds')).toEqual(['mtxdeck_stream_rtt_seconds{server="berlin",path="cam1"} 0.012346'])
  expect(linesOf('mtxdeck_stream_state')).toEqual([
    'mtxdeck_stream_state{server="berlin",path="cam1",state="live"} 1',
    'mtxdeck_stream_state{server="berlin",path="cam2",state="live"} 1',
  ])
})

test('a camera is named beside each of its streams, also while they are gone; of servers that are not watched there is none', () => {
  const camera = { id: 'c1', input: cameraInputSchema.parse({ name: 'Gate "north"', project: 'Yard' }) } as StoredCamera
  const cameras = [
    { camera, serverId: 'berlin', path: 'gate' },
    { camera, serverId: 'berlin', path: 'gate/sub' },
    { camera, serverId: 'kiel', path: 'gate' },
  ]
  const { linesOf } = setup([someServer('berlin')], [], {}, cameras)
  expect(linesOf('mtxdeck_camera_info')).toEqual([
    String.raw`mtxdeck_camera_info{server="berlin",path="gate",camera="Gate \"north\"",id="c1",project="Yard"} 1`,
    String.raw`mtxdeck_camera_info{server="berlin",path="gate/sub",camera="Gate \"north\"",id="c1",project="Yard"} 1`,
  ])
})

test('of a stream that is gone, ended or unknown there are no figures; that it is missed is a trouble', () => {
  const { see, text } = setup(undefined, [{ kind: 'streamGone', severity: 'minor', subject: streamSubject('berlin', 'cam1') }])
  see({ cam1: stream('gone', { 'path.readers': 3 }), cam2: stream('ended', { 'path.readers': 1 }), cam3: stream('unknown', { 'path.readers': 1 }) })
  expect(text().match(/^.*path=.*$/gm)).toEqual(['mtxdeck_stream_trouble{server="berlin",path="cam1",kind="streamGone",severity="minor"} 1'])
})

test('what grew between polls is summed up, also when other streams come and go', () => {
  const { see, linesOf } = setup()
  const lost = (count: number) => stream('live', { 'path.packetsLost': count })
  const sums = () => linesOf('mtxdeck_stream_packets_lost_total').map((line) => line.replace(/.*path="(.*)"\} /, '$1 '))
  see({ a: lost(2), b: lost(0) })
  see({ a: lost(3), b: lost(1) })
  expect(sums()).toEqual(['a 5', 'b 1'])
  see({ c: lost(7), a: lost(1) })
  expect(sums()).toEqual(['c 7', 'a 6'])
  // A poll that did not tell changes nothing.
  see({ c: stream('live'), a: stream('live') })
  expect(sums()).toEqual(['c 7', 'a 6'])
})

test('figures end with what they come from: a gap, three missed polls, a server that is removed', async () => {
  const { exporter, clock, see, seeServer, linesOf } = setup()
  const readers = () => linesOf('mtxdeck_stream_readers').length
  const live = { cam1: stream('live', { 'path.readers': 1 }) }
  see(live)
  seeServer({ 'server.reachable': 1 })
  expect([readers(), linesOf('mtxdeck_server_reachable')]).toEqual([1, ['mtxdeck_server_reachable{server="berlin"} 1']])
  exporter.unknown(serverSubject('berlin'))
  seeServer({ 'server.reachable': 0 })
  expect([readers(), linesOf('mtxdeck_server_reachable')]).toEqual([0, ['mtxdeck_server_reachable{server="berlin"} 0']])
  see(live)
  await clock.advance(6_000)
  expect(readers()).toBe(1)
  await clock.advance(1)
  expect(readers()).toBe(0)
  see(live)
  exporter.forget('berlin')
  expect(readers()).toBe(0)
})

test('one that refuses us is not asked any more, and is still said not to be reachable', async () => {
  const { clock, seeServer, linesOf } = setup([someServer('berlin', { state: 'halted' })])
  seeServer({ 'server.reachable': 0 })
  await clock.advance(60_000)
  expect(linesOf('mtxdeck_server_reachable')).toEqual(['mtxdeck_server_reachable{server="berlin"} 0'])
})

test('names are escaped and bounded, and servers that are called the same are told apart', () => {
  const { see, linesOf, text } = setup([someServer('a', { name: 'x' }), someServer('b', { name: 'x' })])
  see({ 'a"b\\c\nd': stream('live', { 'path.readers': 1 }), ['y'.repeat(5_000)]: stream('live', { 'path.readers': 2 }), '\ud800': stream('live') }, 'a')
  see({ cam1: stream('live', { 'path.readers': 3 }) }, 'b')
  const lines = linesOf('mtxdeck_stream_readers')
  expect(lines[0]).toBe('mtxdeck_stream_readers{server="x",path="a\\"b\\\\c\\nd"} 1')
  expect(lines[1]?.length).toBeLessThan(1_100)
  expect(lines[2]).toBe('mtxdeck_stream_readers{server="x (b)",path="cam1"} 3')
  expect(text()).toContain('path="\ufffd"')
})

test('parts of hosts are devices', () => {
  const { exporter, linesOf } = setup()
  exporter.see({ owner: hostSubject('host-aaaa0000'), at: 0, parts: ['disk:/'], metrics: ['device.used'], values: Float64Array.of(81.25) })
  expect(linesOf('mtxdeck_device_used_ratio')).toEqual(['mtxdeck_device_used_ratio{host="rack 1",device="disk:/"} 0.8125'])
})

test('the console tells of itself: alarms, its own troubles, channels', () => {
  const none = { critical: 0, major: 0, minor: 0, warning: 0 }
  const channel = { name: 'ops', kind: 'webhook', waiting: 3, isUp: false, deliveredAt: 1_500, accepted: 7, failed: 4, refused: 2 }
  const { text } = setup(undefined, undefined, {
    alarms: { ...someConsole().alarms, acknowledged: { ...none, critical: 2 } },
    troubles: [{ kind: 'backupMissed', severity: 'minor' }],
    channels: [channel],
    snapshots: {
      totals: { taken: 12, failed: 3 },
      status: { streams: 9, late: 2, kept: { snapshots: 40, bytes: 800_000, oldestAt: null, trouble: null } } as unknown as SnapshotStatus,
    },
    probes: { probes: 5, reading: 1, late: 0, settings: { atOnce: 100 } } as ProbeStatus,
    store: {
      kept: [{ kept: 'samples', limit: { days: 7, bytes: 1e9 }, bytes: 5e6, from: 2_000, bytesPerDay: null }],
      freeBytes: null,
    } as unknown as StoreFigures,
    mediaDeaths: { probes: 1 },
  })
  const said = text()
  for (const line of [
    'mtxdeck_info{version="1.2.3",demo="false"} 1',
    'mtxdeck_alarms{state="acknowledged",severity="critical"} 2',
    'mtxdeck_alarms{state="unacknowledged",severity="critical"} 0',
    'mtxdeck_incidents{severity="critical"} 0',
    'mtxdeck_console_trouble{kind="backupMissed",severity="minor"} 1',
    'mtxdeck_messages_waiting{channel="ops"} 3',
    'mtxdeck_messages_total{channel="ops",outcome="failed"} 4',
    'mtxdeck_channel_info{channel="ops",kind="webhook"} 1',
    'mtxdeck_channel_up{channel="ops"} 0',
    'mtxdeck_channel_last_delivery_timestamp_seconds{channel="ops"} 1.5',
    'mtxdeck_snapshots_total{outcome="failed"} 3',
    'mtxdeck_snapshot_streams_late 2',
    'mtxdeck_probes_reading 1',
    'mtxdeck_store_bytes{kept="samples"} 5000000',
    'mtxdeck_media_process_deaths_total{use="probes"} 1',
    'mtxdeck_server_info{server="berlin",id="berlin",version="v1.20.1",state="up",tags=",studio,north,"} 1',
  ])
    expect(said.split('\n')).toContain(line)
  // The disk says nothing of free space.
  expect(said).not.toContain('mtxdeck_store_free_bytes')
})

test('OpenMetrics names families without the ending of their lines, says their units, and ends with EOF; text is as it was', () => {
  const { see, seeServer, text } = setup()
  see({ a: stream('live', { 'path.packetsLost': 1, 'path.bitrateIn': 8_000 }) })
  seeServer({ 'server.reachable': 1, 'server.answerMs': 30 })
  const said = text({ format: 'openMetrics' })
  for (const lines of [
    '# TYPE mtxdeck_stream_packets_lost counter\n# HELP mtxdeck_stream_packets_lost ',
    '# TYPE mtxdeck_server info\n# HELP mtxdeck_server ',
    '# TYPE mtxdeck_stream_bitrate_in_bytes_per_second gauge\n# UNIT mtxdeck_stream_bitrate_in_bytes_per_second bytes_per_second\n',
    '# TYPE process_cpu_seconds counter\n# UNIT process_cpu_seconds seconds\n',
  ])
    expect(said).toContain(lines)
  expect(said).toMatch(/mtxdeck_stream_packets_lost_total\{[\s\S]*\n# EOF\n$/)
  expect(text()).toContain('# TYPE mtxdeck_stream_packets_lost_total counter\n')
  expect(text()).toContain('# TYPE mtxdeck_server_info gauge\n')
  expect(text()).not.toMatch(/EOF|# UNIT/)
})

test('OpenMetrics has each family once, its lines together, and no name that another family could have', () => {
  const { see, seeServer, text } = setup()
  see({ a: stream('live', Object.fromEntries(pathMetricIds.slice(1).map((id) => [id, 1]))) })
  seeServer(Object.fromEntries(serverMetricIds.map((id) => [id, 1])))
  const families = [...text({ format: 'openMetrics' }).matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => ({ name: name as string, type }))
  const ends: Readonly<Record<string, readonly string[]>> = {
    gauge: [''],
    counter: ['_total', '_created'],
    info: ['_info'],
  }
  const names = families.flatMap(({ name, type }) => [...new Set([name, ...(ends[type ?? ''] ?? []).map((end) => `${name}${end}`)])])
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
  for (const { name, type } of families) if (type === 'gauge') expect(name).not.toMatch(/_(total|info|bucket|count|sum|created)$/)
})

test('a long answer comes in pieces, also where nothing is to be said', () => {
  const { exporter, see } = setup()
  see(Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`cam${index}`, stream('live', { 'path.readers': 1 })])))
  const pieces = [...exporter.pieces({ format: 'text', operator: null })]
  expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(110_000)
  expect(pieces.filter((piece) => piece === '').length).toBeGreaterThan(50)
})
