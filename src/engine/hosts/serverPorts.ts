import type { MediaServerPorts } from './mediaChoice.ts'

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

export const usualPprofPort = 9999
/** Port of pprof on the machine itself; 0: it is off, or encrypted, which is not supported there. */
export function pprofPort(configuration: Readonly<Record<string, unknown>>): number {
  if (Object.keys(configuration).length === 0) return usualPprofPort
  return configuration.pprof === true && configuration.pprofEncryption !== true ? (portOf(configuration.pprofAddress) ?? 0) : 0
}
