import type { SeriesColumns } from '../../shared/history.ts'
import type { Host } from '../../shared/hosts.ts'
import type { MetricId, MetricIdOf } from '../../shared/metrics.ts'
import { deviceSubject, hostSubject, partOf } from '../../shared/subjectNames.ts'
import type { Series } from '../../shared/subjects.ts'
import { type AskHistory, readViews, valueAt } from '../fleet/pastValues.ts'
import { type HostFigures, type HostView, networksBusiestFirst, staleHostMs } from './hostFigures.ts'

const machine = [
  'host.reachable',
  'host.answerMs',
  'host.cpu',
  'host.steal',
  'host.iowait',
  'host.load1',
  'host.memoryPercent',
  'host.memoryUsed',
  'host.swapUsed',
  'host.temperature',
  'host.clockSkew',
  'host.tcpRetransmits',
  'host.udpBufferErrors',
  'host.mediaCpu',
  'host.mediaMemory',
  'host.mediaThreads',
  'host.mediaFiles',
] as const satisfies readonly MetricId[]
/** Longest time between two attempts on a host that is down, with some margin, ms. */
const triedEveryMs = 85_000
const mostParts = 4

/** Parts of a host by their current names, because history has no list of names. */
const partsOf = (host: Host) => ({
  disks: (host.reading?.disks ?? []).slice(0, mostParts).map(({ mount }) => mount),
  networks: networksBusiestFirst(host.reading?.networks ?? [])
    .slice(0, mostParts)
    .map(({ name }) => name),
  gpus: (host.reading?.gpus ?? []).slice(0, mostParts).map(({ name }) => name),
})

export function pastSeries(host: Host): readonly Series[] {
  const { disks, networks, gpus } = partsOf(host)
  const ofDevice = (device: string, metrics: readonly MetricIdOf<'device'>[]): Series[] =>
    metrics.map((metric) => ({ subject: deviceSubject(host.id, device), metric }))
  return [
    ...machine.map((metric): Series => ({ subject: hostSubject(host.id), metric })),
    ...disks.flatMap((mount) => ofDevice(`disk:${mount}`, ['device.used', 'device.read', 'device.written'])),
    ...networks.flatMap((name) => ofDevice(`net:${name}`, ['device.received', 'device.sent', 'device.errors', 'device.drops', 'device.used'])),
    ...gpus.flatMap((_, place) => ofDevice(`gpu:${place}`, ['device.used', 'device.encoder', 'device.memory', 'device.temperature'])),
  ]
}

/** A host at a moment, from the results for `pastSeries`. Figures that history does not store are unknown. */
export function pastView(host: Host, at: number, series: readonly Series[], columns: readonly (SeriesColumns | undefined)[]): HostView {
  const values = new Map<string, number | null>()
  series.forEach((one, place) => {
    const value = valueAt(columns[place], at, staleHostMs(host.intervalSeconds))
    // A host that does not answer is tried at growing intervals and counts as down until the next attempt.
    const lastTry = one.metric === 'host.reachable' && value === null ? valueAt(columns[place], at, triedEveryMs) : null
    values.set(`${partOf(one.subject) ?? ''}\n${one.metric}`, lastTry === 0 ? 0 : value)
  })
  const of = (metric: MetricId, path = ''): number | null => values.get(`${path}\n${metric}`) ?? null
  const reachable = of('host.reachable')
  const state = reachable === null ? 'unknown' : reachable >= 0.5 ? 'up' : 'down'
  if (state !== 'up') return { host, state, figures: null, past: true }
  const parts = partsOf(host)
  const temperature = of('host.temperature')
  const mediaMemory = of('host.mediaMemory')
  const mediaCpu = of('host.mediaCpu')
  const figures: HostFigures = {
    at,
    hostname: null,
    system: null,
    kernel: null,
    cores: null,
    cpuPercent: of('host.cpu'),
    perCorePercent: [],
    stealPercent: of('host.steal'),
    iowaitPercent: of('host.iowait'),
    load1: of('host.load1'),
    load5: null,
    load15: null,
    memoryTotalBytes: null,
    memoryUsedBytes: of('host.memoryUsed'),
    memoryPercent: of('host.memoryPercent'),
    swapTotalBytes: null,
    swapUsedBytes: of('host.swapUsed'),
    disks: parts.disks.flatMap((mount) => {
      const usedPercent = of('device.used', `disk:${mount}`)
      return usedPercent === null
        ? []
        : [
            {
              mount,
              device: null,
              sizeBytes: null,
              usedPercent,
              freeBytes: null,
              readBps: of('device.read', `disk:${mount}`),
              writtenBps: of('device.written', `disk:${mount}`),
              fullAt: null,
            },
          ]
    }),
    networks: parts.networks.map((name) => ({
      name,
      receivedBps: of('device.received', `net:${name}`),
      sentBps: of('device.sent', `net:${name}`),
      errors: of('device.errors', `net:${name}`),
      drops: of('device.drops', `net:${name}`),
      linkBps: null,
      usedPercent: of('device.used', `net:${name}`),
    })),
    temperaturesC: temperature === null ? [] : [{ name: '', celsius: temperature }],
    gpus: parts.gpus.map((name, place) => ({
      name,
      percent: of('device.used', `gpu:${place}`),
      encoderPercent: of('device.encoder', `gpu:${place}`),
      memoryUsedBytes: null,
      memoryTotalBytes: null,
      celsius: of('device.temperature', `gpu:${place}`),
    })),
    uptimeSeconds: null,
    clockSkewMs: of('host.clockSkew'),
    tcpRetransmits: of('host.tcpRetransmits'),
    udpBufferErrors: of('host.udpBufferErrors'),
    mediaProcesses: [],
    mediaServer:
      mediaCpu === null && mediaMemory === null
        ? null
        : {
            pid: null,
            ports: null,
            cpuPercent: mediaCpu,
            memoryBytes: mediaMemory,
            threads: of('host.mediaThreads'),
            openFiles: of('host.mediaFiles'),
            openFilesLimit: null,
            startedAt: null,
            restarts: null,
          },
  }
  return { host, state, figures, past: true }
}

/** Reads all hosts at a moment, since an omitted one would be listed as unknown. `range` queries history. */
export function readPast(hosts: readonly Host[], at: number, range: AskHistory): Promise<readonly HostView[]> {
  return readViews({
    asked: hosts.map((host) => {
      const series = pastSeries(host)
      return { series, viewOf: (columns) => pastView(host, at, series, columns) }
    }),
    at,
    everyMs: Math.max(...hosts.map(({ intervalSeconds }) => intervalSeconds), 1) * 1000,
    isUnknown: ({ state }) => state === 'unknown',
    range,
  })
}
