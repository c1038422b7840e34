import type { HostReading, MediaProcess, MediaUnknown } from '../../shared/hosts.ts'
import type { HostFigures } from './hostRates.ts'

/** Ports of the media server that a host is tied to, to find its process. */
export interface MediaServerPorts {
  /** Port of its API: from its configuration, otherwise from its address. */
  readonly api: number
  /** Its other TCP ports, from its configuration. */
  readonly others: readonly number[]
}

export interface MediaWanted {
  /** The operator's choice: the name of its file, or a part of its command line. */
  readonly chosen: string | null
  /** null: the host is tied to no server. */
  readonly ports: MediaServerPorts | null
}

export type MediaChoice =
  | { readonly process: MediaProcess; readonly by: NonNullable<HostReading['mediaServer']>['by'] }
  | { readonly process: null; readonly unknown: MediaUnknown | null }

const nothing = (unknown: MediaUnknown | null): MediaChoice => ({ process: null, unknown })

const isNamed = ({ name, arguments: line }: MediaProcess, chosen: string): boolean => name === chosen || (line?.includes(chosen) ?? false)
const onlyOf = (processes: readonly MediaProcess[]): MediaProcess | undefined => (processes.length === 1 ? processes[0] : undefined)

/**
 * Chooses the process of a host's media server. Never guesses: if several processes qualify or none does, the result says so.
 *
 * 1. The process that an operator named.
 * 2. The process that listens on the port of the server's API; among several in containers, the one with its other ports, too.
 * 3. A process whose ports can't be seen, but only if it is the only one.
 *
 * `pending`: processes whose details were not read yet.
 */
export function chooseMedia(processes: readonly MediaProcess[], { chosen, ports }: MediaWanted, pending: ReadonlySet<number>): MediaChoice {
  if (processes.length === 0) return nothing(null)
  const isPending = processes.some(({ pid }) => pending.has(pid))
  if (chosen !== null) {
    const named = processes.filter((process) => isNamed(process, chosen))
    const one = onlyOf(named)
    if (one !== undefined) return { process: one, by: 'chosen' }
    return nothing(isPending && named.length === 0 ? 'pending' : 'unclear')
  }
  const alone = onlyOf(processes)
  if (ports !== null) {
    const atApi = processes.filter((process) => process.ports?.includes(ports.api))
    const shared = (process: MediaProcess) => ports.others.filter((port) => process.ports?.includes(port)).length
    const most = Math.max(...atApi.map(shared))
    const fitting = onlyOf(atApi.filter((process) => shared(process) === most))
    if (fitting !== undefined) return { process: fitting, by: 'port' }
    if (atApi.length > 0) return nothing('unclear')
    if (isPending) return nothing('pending')
    // It listens elsewhere.
    if (alone !== undefined && alone.ports !== null) return nothing('unclear')
  }
  return alone === undefined ? nothing('unclear') : { process: alone, by: alone.by }
}

/** The reading with the chosen process. */
export function withMediaServer(figures: HostFigures, choice: MediaChoice, restarts: number, goroutines: number | null): HostReading {
  const { goroutines: _asked, pendingMedia: _pending, ...reading } = figures
  if (choice.process === null) return { ...reading, mediaServer: null, mediaServerUnknown: choice.unknown }
  const { name: _name, arguments: _line, ports: _ports, ...process } = choice.process
  return { ...reading, mediaServer: { ...process, by: choice.by, restarts, goroutines }, mediaServerUnknown: null }
}

/** The reading of a machine without a tied server: with the only media server that runs there. */
export function readingAlone(figures: HostFigures): HostReading {
  return withMediaServer(figures, chooseMedia(figures.mediaProcesses, { chosen: null, ports: null }, figures.pendingMedia), 0, figures.goroutines)
}

/** Port of a Go listen address: ":8888", "127.0.0.1:8888", "[::]:8888". */
function portOf(address: unknown): number | null {
  const port = typeof address === 'string' ? Number(/:(\d{1,5})$/.exec(address)?.[1] ?? Number.NaN) : Number.NaN
  return Number.isInteger(port) && port > 0 && port < 65536 ? port : null
}

export function portOfUrl(url: string): number {
  if (!URL.canParse(url)) return 0
  const { port, protocol } = new URL(url)
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port)
}

/** TCP listeners beside the API, and the settings that enable them. */
const listeners = [
  ['rtsp', 'rtspAddress'],
  ['rtmp', 'rtmpAddress'],
  ['hls', 'hlsAddress'],
  ['webrtc', 'webrtcAddress'],
  ['playback', 'playbackAddress'],
  ['metrics', 'metricsAddress'],
  ['pprof', 'pprofAddress'],
] as const

/**
 * TCP ports on which a media server listens on its own machine. From its configuration if known, because a proxy or a tunnel
 * may expose the API on another port.
 */
export function mediaServerPorts(url: string, configuration: Readonly<Record<string, unknown>>): MediaServerPorts {
  return {
    api: portOf(configuration.apiAddress) ?? portOfUrl(url),
    others: listeners.flatMap(([on, address]) => (configuration[on] === true ? (portOf(configuration[address]) ?? []) : [])),
  }
}

export const defaultPprofPort = 9999
/** Port of pprof on the machine itself; 0: it is off, or encrypted, which is not supported there. */
export function pprofPort(configuration: Readonly<Record<string, unknown>>): number {
  if (Object.keys(configuration).length === 0) return defaultPprofPort
  return configuration.pprof === true && configuration.pprofEncryption !== true ? (portOf(configuration.pprofAddress) ?? 0) : 0
}
