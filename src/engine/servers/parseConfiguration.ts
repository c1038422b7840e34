import type { Slice } from '../../clock/slices.ts'
import { goDurationMs } from '../../shared/goDuration.ts'
import { isPathPattern } from '../../shared/pathSettings.ts'
import type { Protocol } from '../../shared/servers.ts'
import { answerLimits, longestName } from './apiFields.ts'
import type { ConfigurationReading, ConfiguredPath } from './readings.ts'
import { shownConfiguration } from './shownConfiguration.ts'
import { type StreamAddress, streamAddressOf } from './streamAddress.ts'

type Raw = Readonly<Record<string, unknown>>

/** Port of a Go listen address: ":8888", "127.0.0.1:8888", "[::]:8888". */
const portOf = (address: unknown): string | null => (typeof address === 'string' ? (/:(\d{1,5})$/.exec(address)?.[1] ?? null) : null)

/**
 * Addresses as reachable from outside: the API's host with the port of each listener. The address that a listener
 * is bound to (":8888", "0.0.0.0:8888", a container's own address) says nothing about its name outside.
 */
function readAddresses(global: Raw, host: string): ConfigurationReading['addresses'] {
  const at = (on: unknown, scheme: string, address: unknown): string | null => {
    const port = portOf(address)
    return on === true && port !== null ? `${scheme}://${host}:${port}` : null
  }
  const web = (encryption: unknown) => (encryption === true ? 'https' : 'http')
  // "encryption" was the name of "rtspEncryption" up to 1.11.
  const rtspEncryption = global.rtspEncryption ?? global.encryption
  return {
    hls: at(global.hls, web(global.hlsEncryption), global.hlsAddress),
    webrtc: at(global.webrtc, web(global.webrtcEncryption), global.webrtcAddress),
    rtsps: at(global.rtsp === true && isBoth(rtspEncryption), 'rtsps', global.rtspsAddress),
    rtmp: at(global.rtmp === true && global.rtmpEncryption !== 'strict', 'rtmp', global.rtmpAddress),
    rtmps: at(global.rtmp === true && isBoth(global.rtmpEncryption), 'rtmps', global.rtmpsAddress),
    rtsp: rtspEncryption === 'strict' ? at(global.rtsp, 'rtsps', global.rtspsAddress) : at(global.rtsp, 'rtsp', global.rtspAddress),
    srt: at(global.srt, 'srt', global.srtAddress),
    playback: at(global.playback, web(global.playbackEncryption), global.playbackAddress),
    metrics: at(global.metrics, web(global.metricsEncryption), global.metricsAddress),
  }
}

const isBoth = (encryption: unknown) => encryption === 'strict' || encryption === 'optional'

/** Protocols without a session list, because they are off or newer than this server. */
function readOff(global: Raw): Protocol[] {
  const off: Protocol[] = []
  const rtspEncryption = global.rtspEncryption ?? global.encryption
  if (global.rtsp !== true || rtspEncryption === 'strict') off.push('rtsp')
  if (global.rtsp !== true || (rtspEncryption !== 'strict' && rtspEncryption !== 'optional')) off.push('rtsps')
  if (global.rtmp !== true || global.rtmpEncryption === 'strict') off.push('rtmp')
  if (global.rtmp !== true || (global.rtmpEncryption !== 'strict' && global.rtmpEncryption !== 'optional')) off.push('rtmps')
  if (global.srt !== true) off.push('srt')
  if (global.webrtc !== true) off.push('webrtc')
  if (global.hls !== true) off.push('hls')
  if (global.moq !== true) off.push('moq')
  return off
}

/** Before `alwaysAvailableRecorded` (1.21), whatever is on air is recorded. */
function recordingOf(raw: Raw): Pick<ConfiguredPath, 'recording'> {
  if (raw.record !== true) return {}
  const format = typeof raw.recordFormat === 'string' ? raw.recordFormat.slice(0, longestFormat).toWellFormed() : null
  const segmentMs = goDurationMs(raw.recordSegmentDuration)
  return {
    recording: {
      format,
      segmentMs: segmentMs === 0 ? null : segmentMs,
      deleteAfterMs: goDurationMs(raw.recordDeleteAfter),
      slates: raw.alwaysAvailableRecorded !== false,
    },
  }
}
const longestFormat = 20

const isCommand = (value: unknown): boolean => typeof value === 'string' && value !== ''

const longestHost = 255
/** The host in the address of a source; null: there is none, or it comes from the path's name (`$MTX_PATH`, `$G1`). */
function hostIn(address: string): string | null {
  // The hosts of other schemes are not parsed as those of the web are: neither in small letters nor in their shortest form.
  const host = URL.parse(address.replace(/^[a-z][a-z0-9+.-]*:\/\/(?!\/)/i, 'http://'))?.hostname ?? ''
  return host === '' || host.length > longestHost || /[$%]/.test(host) ? null : host.replace(/^\[(.*)\]$/, '$1')
}

/** Of a forward of the configured path `name`. Another path of RTMP or WHIP may be a stream key, which ends here: it is not followed. */
function forwardAddressOf(name: string, raw: unknown): StreamAddress | null {
  const dest = typeof raw === 'object' && raw !== null ? (raw as Raw).dest : null
  const address = typeof dest === 'string' ? streamAddressOf(dest) : null
  if (address === null || address.endpoint === 'rtsp' || address.endpoint === 'srt') return address
  return address.path === name || /^[^$]*\$(?:MTX_PATH|G1)$/.test(address.path) ? address : null
}

function readConfiguredPath(raw: Raw): ConfiguredPath {
  const name = typeof raw.name === 'string' ? raw.name.slice(0, longestName).toWellFormed() : ''
  const address = typeof raw.source === 'string' && raw.source !== '' ? raw.source : 'publisher'
  const source = (/^([a-z][a-z0-9+.-]*):\/\//i.exec(address)?.[1] ?? (/^\w+$/.test(address) ? address : 'unknown')).toLowerCase()
  const pulled = source !== 'publisher' && source !== 'redirect'
  const sourceHost = pulled ? hostIn(address) : null
  const sourceOnDemand = pulled && raw.sourceOnDemand === true
  const onDemand = sourceOnDemand || isCommand(raw.runOnDemand)
  const closeAfterMs = onDemand ? goDurationMs(sourceOnDemand ? raw.sourceOnDemandCloseAfter : raw.runOnDemandCloseAfter) : null
  const pulledFrom = pulled ? streamAddressOf(address) : null
  const forwards: readonly unknown[] = Array.isArray(raw.forward) ? raw.forward : []
  const forwardedTo = forwards.slice(0, answerLimits.forwardsOfPath).flatMap((one) => forwardAddressOf(name, one) ?? [])
  return {
    name,
    pattern: isPathPattern(name),
    onDemand,
    ...(closeAfterMs !== null && { closeAfterMs }),
    ...(typeof raw.maxReaders === 'number' && raw.maxReaders > 0 && { maxReaders: raw.maxReaders }),
    // MediaMTX writes "rpiCamera"; everything else is a scheme.
    source: source === 'rpicamera' ? 'rpiCamera' : source,
    ...(sourceHost !== null && { sourceHost }),
    alwaysAvailable: raw.alwaysAvailable === true,
    ...(pulledFrom !== null && { pulledFrom }),
    ...(forwards.length > 0 && { forwards: true }),
    ...(forwardedTo.length > 0 && { forwardedTo }),
    ...recordingOf(raw),
  }
}

interface ConfigurationAnswers {
  readonly global: Raw
  readonly pathDefaults: Raw
  readonly paths: readonly Raw[]
}

/**
 * Puts the three answers of `/v3/config/…` into our form, in slices: 10,000 paths have a million
 * fields. Only fields known to be harmless are shown. `host` is the API's, with brackets around IPv6.
 */
export async function readConfigurationAnswers(answers: ConfigurationAnswers, host: string, slice: Slice, signal: AbortSignal): Promise<ConfigurationReading> {
  const { global, pathDefaults } = answers
  const paths: ConfiguredPath[] = []
  const shown: Record<string, unknown>[] = []
  for (const raw of answers.paths) {
    if (slice.isOver()) await slice.next(signal)
    const path = readConfiguredPath(raw)
    if (path.name !== '') paths.push(path)
    shown.push(shownConfiguration(raw))
  }
  return {
    paths,
    addresses: readAddresses(global, host),
    off: readOff(global),
    shown: { global: shownConfiguration(global), pathDefaults: shownConfiguration(pathDefaults), paths: shown },
  }
}
