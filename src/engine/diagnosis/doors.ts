import { sameDoorOf } from '../../shared/cautions.ts'
import type { DiagnosisDoor } from '../../shared/diagnosisVerdict.ts'
import type { SameDoor } from '../../shared/errors.ts'
import { isLoopback } from '../../shared/ipAddresses.ts'
import type { Server } from '../../shared/servers.ts'

/** The address at which a listener is reached from here. */
export interface DoorAddress {
  /** Without brackets. */
  readonly host: string
  readonly port: number
  readonly encrypted: boolean
  /** For web listeners: the URL without a trailing slash. It may have a path, behind a proxy. */
  readonly url: string
}

/** A listener of a server. */
export interface Door {
  readonly door: DiagnosisDoor
  /** null: disabled by the configuration, or its address is unknown, or another server's as well (`same`). */
  readonly at: DoorAddress | null
  readonly same?: SameDoor
  /** Whether this is only the default port, because the configuration was never read. The listener may be disabled. */
  readonly isAssumed: boolean
  /** Its key in mediamtx.yml. */
  readonly setting: string
  /** The loopback address that the listener is bound to, if this console runs on another machine; null: not bound to loopback, same machine, or unknown. */
  readonly bound: string | null
}

const usualPorts: Readonly<Record<string, number>> = { rtsp: 554, rtsps: 322, rtmp: 1935, rtmps: 1936, srt: 8890, http: 80, https: 443 }
const isEncrypted: ReadonlySet<string> = new Set(['rtsps', 'rtmps', 'https'])

/** null: not an address. */
export function doorAddressOf(text: string): DoorAddress | null {
  const scheme = /^([a-z]+):\/\//i.exec(text)?.[1]?.toLowerCase() ?? ''
  const usual = usualPorts[scheme]
  // URL parses host names strictly only for web schemes.
  const url = usual === undefined ? null : URL.parse(`http${text.slice(scheme.length)}`)
  if (usual === undefined || url === null || url.hostname === '') return null
  // URL drops the default ports of web schemes.
  const written = /^[a-z]+:\/\/[^/?#]*:(\d{1,5})(?:[/?#]|$)/i.exec(text)?.[1]
  const port = written === undefined ? usual : Number(written)
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  return { host, port, encrypted: isEncrypted.has(scheme), url: `${scheme}://${url.hostname}:${port}${url.pathname.replace(/\/+$/, '')}` }
}

type Global = Readonly<Record<string, unknown>>
/** Port of a Go listen address: ":8888", "127.0.0.1:8888", "[::]:8888". */
const portIn = (address: unknown): string | null => (typeof address === 'string' ? (/:(\d{1,5})$/.exec(address)?.[1] ?? null) : null)
const loopbackIn = (address: unknown): string | null =>
  typeof address === 'string' && /^(?:127\.|localhost:|\[::1\])/.test(address) ? address.slice(0, 100) : null

interface Listener {
  readonly door: Exclude<DiagnosisDoor, 'api'>
  readonly key: string
  readonly address: string
  readonly scheme: (global: Global) => string
  readonly isOn: (global: Global) => boolean
  /** Default port if the configuration is unknown; null: disabled by default, so not tried then. */
  readonly usual: number | null
}
// "encryption" was the name of "rtspEncryption" up to 1.11.
const rtspEncryption = (global: Global) => global.rtspEncryption ?? global.encryption
const web = (key: string) => (global: Global) => (global[`${key}Encryption`] === true ? 'https' : 'http')
const on = (key: string) => (global: Global) => global[key] === true
const isBoth = (encryption: unknown) => encryption === 'strict' || encryption === 'optional'
const listeners: readonly Listener[] = [
  {
    door: 'rtsp',
    key: 'rtsp',
    address: 'rtspAddress',
    scheme: () => 'rtsp',
    isOn: (global) => global.rtsp === true && rtspEncryption(global) !== 'strict',
    usual: 8554,
  },
  {
    door: 'rtsps',
    key: 'rtspEncryption',
    address: 'rtspsAddress',
    scheme: () => 'rtsps',
    isOn: (global) => global.rtsp === true && isBoth(rtspEncryption(global)),
    usual: null,
  },
  {
    door: 'rtmp',
    key: 'rtmp',
    address: 'rtmpAddress',
    scheme: () => 'rtmp',
    isOn: (global) => global.rtmp === true && global.rtmpEncryption !== 'strict',
    usual: 1935,
  },
  {
    door: 'rtmps',
    key: 'rtmpEncryption',
    address: 'rtmpsAddress',
    scheme: () => 'rtmps',
    isOn: (global) => global.rtmp === true && isBoth(global.rtmpEncryption),
    usual: null,
  },
  { door: 'hls', key: 'hls', address: 'hlsAddress', scheme: web('hls'), isOn: on('hls'), usual: 8888 },
  { door: 'webrtc', key: 'webrtc', address: 'webrtcAddress', scheme: web('webrtc'), isOn: on('webrtc'), usual: 8889 },
  { door: 'srt', key: 'srt', address: 'srtAddress', scheme: () => 'srt', isOn: on('srt'), usual: 8890 },
  { door: 'playback', key: 'playback', address: 'playbackAddress', scheme: web('playback'), isOn: on('playback'), usual: null },
  { door: 'metrics', key: 'metrics', address: 'metricsAddress', scheme: web('metrics'), isOn: on('metrics'), usual: null },
]

/**
 * The listeners of a server according to its configuration `global` (empty: never read), with addresses entered in the console taking precedence. If the
 * configuration is unknown, listeners that are disabled by default are left out.
 */
export function doorsOf({ url, addressesGiven, cautions }: Pick<Server, 'url' | 'addressesGiven' | 'cautions'>, global: Global): readonly Door[] {
  const api: Door = { door: 'api', at: doorAddressOf(url), isAssumed: false, setting: 'api', bound: null }
  const { hostname } = new URL(url)
  // On the server's own machine, a listener bound to loopback is reachable.
  const isHere = isLoopback(hostname)
  const isKnown = Object.keys(global).length > 0
  const given: Readonly<Partial<Record<DiagnosisDoor, string | null | undefined>>> = addressesGiven
  const others = listeners.flatMap(({ door, key, address, scheme, isOn, usual }): Door[] => {
    const entered = given[door]
    const entry = typeof entered === 'string' && entered !== '' ? doorAddressOf(entered) : null
    if (entry !== null) return [{ door, at: entry, isAssumed: false, setting: key, bound: null }]
    if (!isKnown)
      return usual === null ? [] : [{ door, at: doorAddressOf(`${scheme(global)}://${hostname}:${usual}`), isAssumed: true, setting: key, bound: null }]
    const port = portIn(global[address])
    const isListening = isOn(global) && port !== null
    const at = isListening ? doorAddressOf(`${scheme(global)}://${hostname}:${port}`) : null
    // Not worth reporting: a disabled encrypted listener, or a disabled playback server or metrics, which few need.
    if (at === null && usual === null) return []
    return [{ door, at, isAssumed: false, setting: key, bound: isListening && !isHere ? loopbackIn(global[address]) : null }]
  })
  const told = others.map((one) => {
    const same = sameDoorOf({ cautions }, one.door)
    return same === null ? one : { ...one, at: null, same }
  })
  return [api, ...told]
}
