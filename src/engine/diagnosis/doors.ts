import type { DiagnosisDoor } from '../../shared/diagnosisVerdict.ts'
import { isLoopback } from '../../shared/isLoopback.ts'
import type { Server } from '../../shared/servers.ts'

/** Where a listener is reached from here. */
export interface DoorAddress {
  /** Without brackets. */
  readonly host: string
  readonly port: number
  readonly encrypted: boolean
  /** Of a web door: its address without a slash at the end. It may have a path, behind a proxy. */
  readonly url: string
}

/** A listener of a server. */
export interface Door {
  readonly door: DiagnosisDoor
  /** null: its configuration switches it off, or it can't be found. */
  readonly at: DoorAddress | null
  /** The configuration was never read: it is the usual port, which may be off. */
  readonly isAssumed: boolean
  /** Its key in mediamtx.yml. */
  readonly setting: string
  /** The address of loopback that its configuration binds it to, where we are elsewhere; null: it is bound to others, we are on its machine, or that is not known. */
  readonly bound: string | null
}

const usualPorts: Readonly<Record<string, number>> = { rtsp: 554, rtsps: 322, rtmp: 1935, rtmps: 1936, srt: 8890, http: 80, https: 443 }
const isEncrypted: ReadonlySet<string> = new Set(['rtsps', 'rtmps', 'https'])

/** null: not an address. */
export function doorAddressOf(text: string): DoorAddress | null {
  const scheme = /^([a-z]+):\/\//i.exec(text)?.[1]?.toLowerCase() ?? ''
  const usual = usualPorts[scheme]
  // The hosts of other schemes are not parsed as those of the web are.
  const url = usual === undefined ? null : URL.parse(`http${text.slice(scheme.length)}`)
  if (usual === undefined || url === null || url.hostname === '') return null
  // A port that is usual for the web is left out there.
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
  /** Usual port where the configuration is not known; null: it is off by default, and not tried then. */
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
 * The listeners of a server as its configuration has them, `global` (empty: it was never read), with the addresses that were entered
 * in the console instead. Usual ports are left out where the configuration is not known and they are off by default.
 */
export function doorsOf({ url, addressesGiven }: Pick<Server, 'url' | 'addressesGiven'>, global: Global): readonly Door[] {
  const api: Door = { door: 'api', at: doorAddressOf(url), isAssumed: false, setting: 'api', bound: null }
  const { hostname } = new URL(url)
  // From the server's own machine, a listener that is bound to loopback is reached, or it does not listen.
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
    // An encrypted twin that is off is no news, nor are a playback server and metrics, which few need.
    if (at === null && usual === null) return []
    return [{ door, at, isAssumed: false, setting: key, bound: isListening && !isHere ? loopbackIn(global[address]) : null }]
  })
  return [api, ...others]
}
