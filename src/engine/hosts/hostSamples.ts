import { diskPath, gpuPath, type HostReading, networkPath } from '../../shared/hosts.ts'
import { deviceMetricIds, hostMetricIds, type MetricId, type MetricIdOf } from '../../shared/metrics.ts'
import { largestKnown } from '../../shared/statistics.ts'
import { hostSubject } from '../../shared/subjectNames.ts'
import type { SampleBatch } from '../history/history.ts'

type Disk = HostReading['disks'][number]
type Network = HostReading['networks'][number]
type Gpu = HostReading['gpus'][number]

const metricsOfFailure: readonly MetricId[] = ['host.reachable']

const share = (part: number | null, whole: number | null): number | null => (part === null || whole === null || whole <= 0 ? null : (part / whole) * 100)

const metricOf: Readonly<Record<MetricIdOf<'host'>, (reading: HostReading, answerMs: number | null) => number | null>> = {
  'host.reachable': () => 1,
  'host.answerMs': (_, answerMs) => answerMs,
  'host.cpu': (reading) => reading.cpuPercent,
  'host.busiestCore': (reading) => largestKnown(reading.perCorePercent),
  'host.steal': (reading) => reading.stealPercent,
  'host.iowait': (reading) => reading.iowaitPercent,
  'host.load1': (reading) => reading.load1,
  'host.memoryPercent': (reading) => reading.memoryPercent,
  'host.memoryUsed': (reading) => reading.memoryUsedBytes,
  'host.swapUsed': (reading) => reading.swapUsedBytes,
  'host.temperature': (reading) => largestKnown(reading.temperaturesC.map(({ celsius }) => celsius)),
  'host.clockSkew': (reading) => reading.clockSkewMs,
  'host.tcpRetransmits': (reading) => reading.tcpRetransmits,
  'host.udpBufferErrors': (reading) => reading.udpBufferErrors,
  'host.mediaCpu': (reading) => reading.mediaServer?.cpuPercent ?? null,
  'host.mediaMemory': (reading) => reading.mediaServer?.memoryBytes ?? null,
  'host.mediaThreads': (reading) => reading.mediaServer?.threads ?? null,
  'host.mediaFiles': (reading) => reading.mediaServer?.openFiles ?? null,
}

/** For which kinds of device the metric is known, and where its value comes from. */
interface DeviceMetric {
  readonly disk?: (disk: Disk) => number | null
  readonly network?: (network: Network) => number | null
  readonly gpu?: (gpu: Gpu) => number | null
}
const metricOfDevice: Readonly<Record<MetricIdOf<'device'>, DeviceMetric>> = {
  'device.used': { disk: (disk) => disk.usedPercent, network: (network) => network.usedPercent, gpu: (gpu) => gpu.percent },
  'device.read': { disk: (disk) => disk.readBps },
  'device.written': { disk: (disk) => disk.writtenBps },
  'device.received': { network: (network) => network.receivedBps },
  'device.sent': { network: (network) => network.sentBps },
  'device.errors': { network: (network) => network.errors },
  'device.drops': { network: (network) => network.drops },
  'device.encoder': { gpu: (gpu) => gpu.encoderPercent },
  'device.memory': { gpu: (gpu) => share(gpu.memoryUsedBytes, gpu.memoryTotalBytes) },
  'device.temperature': { gpu: (gpu) => gpu.celsius },
}

const hostFigures = hostMetricIds.map((id) => metricOf[id])
const deviceFigures = deviceMetricIds.map((id) => metricOfDevice[id])

/** The samples of one reading for history: the host's own row, and one for each disk, network and GPU. */
export function samplesOf(hostId: string, at: number, reading: HostReading, answerMs: number | null): readonly SampleBatch[] {
  const own = new Float64Array(hostFigures.length)
  hostFigures.forEach((figureOf, index) => {
    own[index] = figureOf(reading, answerMs) ?? Number.NaN
  })
  const devices = new Map<string, (metric: DeviceMetric) => number | null | undefined>()
  for (const disk of reading.disks) devices.set(diskPath(disk), (metric) => metric.disk?.(disk))
  for (const network of reading.networks) devices.set(networkPath(network), (metric) => metric.network?.(network))
  reading.gpus.forEach((gpu, index) => void devices.set(gpuPath(index), (metric) => metric.gpu?.(gpu)))
  const owner = hostSubject(hostId)
  const batches: SampleBatch[] = [{ owner, at, parts: null, metrics: hostMetricIds, values: own }]
  if (devices.size === 0) return batches
  const ofDevices = new Float64Array(devices.size * deviceFigures.length)
  let index = 0
  for (const figureOf of devices.values()) for (const metric of deviceFigures) ofDevices[index++] = figureOf(metric) ?? Number.NaN
  batches.push({ owner, at, parts: [...devices.keys()], metrics: deviceMetricIds, values: ofDevices })
  return batches
}

/** The sample of a failed reading. */
export function failureSample(hostId: string, at: number): SampleBatch {
  return {
    owner: hostSubject(hostId),
    at,
    parts: null,
    metrics: metricsOfFailure,
    values: Float64Array.of(0),
  }
}

/** Facts that samples can't hold; history gets them when they change. */
export function factsOfReading(reading: HostReading) {
  return {
    hostname: reading.hostname,
    system: reading.system,
    kernel: reading.kernel,
    cores: reading.cores,
    memoryTotalBytes: reading.memoryTotalBytes,
    swapTotalBytes: reading.swapTotalBytes,
    disks: reading.disks.map(({ mount, device, sizeBytes }) => ({ mount, device, sizeBytes })),
    networks: reading.networks.map(({ name, linkBps }) => ({ name, linkBps })),
    gpus: reading.gpus.map(({ name, memoryTotalBytes }) => ({ name, memoryTotalBytes })),
  }
}
