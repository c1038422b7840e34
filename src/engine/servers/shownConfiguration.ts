import { redactUrl, secretMark } from '../../shared/redact.ts'

/**
 * The fields of MediaMTX's configuration that may be shown. All other fields, and those that newer versions add, are hidden:
 * hooks are command lines with keys in their arguments, and no pattern finds every secret in one. A hidden value that is not
 * empty is shown as `***`, so that one sees that it is set.
 */
type Shown = (value: unknown) => unknown

const isEmpty = (value: unknown): boolean =>
  value === null || value === '' || (typeof value === 'object' && (Array.isArray(value) ? value.length === 0 : Object.keys(value as object).length === 0))
const hidden: Shown = (value) => (isEmpty(value) ? value : secretMark)

const text =
  (pattern: RegExp): Shown =>
  (value) =>
    isEmpty(value) || (typeof value === 'string' && pattern.test(value)) ? value : secretMark
const mostEntries = 1_000
const list =
  (shown: Shown): Shown =>
  (value) =>
    Array.isArray(value) ? value.slice(0, mostEntries).map(shown) : hidden(value)
const record =
  (fields: Readonly<Record<string, Shown>>): Shown =>
  (value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, (Object.hasOwn(fields, key) ? (fields[key] ?? hidden) : hidden)(inner)]))
      : hidden(value)

/** Switches, numbers, durations, sizes, levels, names of methods and formats, and lists of these. */
const isPlain = (value: unknown): boolean =>
  typeof value === 'boolean' || typeof value === 'number' || isEmpty(value) || (typeof value === 'string' && /^[\w .,:;%+*~/[\]()-]{1,120}$/.test(value))
const plain: Shown = (value) => (Array.isArray(value) ? list((each) => (isPlain(each) ? each : secretMark))(value) : isPlain(value) ? value : secretMark)
/** A file name or a pattern for files, never a file's content. */
const file = text(/^(?!.*-----)[^\n\r=@?&]{1,300}$/)
/** Operators identify paths by their names; also expressions such as `~^site/(.+)$`. */
const pathName = text(/^[^\n\r]{1,1000}$/)

/** Whether a part of a camera's path looks like a word (`Streaming`, `h264Preview`, `101`); a random one may be a key. */
const isSpoken = (segment: string): boolean =>
  segment.length <= 40 && segment.split(/[_.-]/).every((part) => part === '' || /^(?:[A-Za-z]+\d{0,4}|\d{1,4}){1,2}$/.test(part))
/** Scheme, host and port; for RTSP cameras also a path of plain words. Elsewhere the path is often the key. */
function address(value: unknown): unknown {
  if (isEmpty(value)) return value
  const found =
    typeof value === 'string'
      ? /^([a-z][a-z0-9+.-]{0,20}:\/\/(?:\*\*\*@)?(?:[\w.-]{1,253}|\[[\da-f:.%]{2,60}\])?(?::\d{1,5})?)(\/[^?#]*)?(.*)$/i.exec(redactUrl(value))
      : null
  if (!found) return secretMark
  const [, origin = '', path = '', query = ''] = found
  if (path === '' || path === '/') return `${origin}${path}${query}`
  if (!/^rtsps?:/i.test(origin)) return `${origin}/${secretMark}`
  return `${origin}${path
    .split('/')
    .map((segment) => (isSpoken(segment) ? segment : secretMark))
    .join('/')}${query}`
}
/** Of an address what may be shown of it. */
export function shownAddress(value: string): string {
  return String(address(value))
}
const source: Shown = (value) => (value === 'publisher' || value === 'redirect' || value === 'rpiCamera' ? value : address(value))
/** A path of the same server, or an address elsewhere. */
const fallback: Shown = (value) => (typeof value === 'string' && /^\/(?!\/)[^@?=]*$/.test(value) ? pathName(value) : address(value))
const origin: Shown = (value) => (value === '*' ? value : address(value))
/** `stun:host:port`; up to 1.5 it contains a TURN server's user and password. */
const iceServer = text(/^stuns?:[\w.-]+(?::\d{1,5})?$/)
const permissions = list(record({ action: plain, path: pathName }))
/** `any` is MediaMTX's word for everyone; other names are half of the credentials. */
const userName: Shown = (value) => (value === 'any' ? value : hidden(value))

const named = (shown: Shown, names: string): Readonly<Record<string, Shown>> =>
  Object.fromEntries(
    names
      .split(/\s+/)
      .filter(Boolean)
      .map((name) => [name, shown]),
  )

const fields = new Map<string, Shown>(
  Object.entries({
    ...named(
      plain,
      `logLevel logDestinations logStructured sysLogPrefix readTimeout writeTimeout writeQueueSize readBufferCount udpMaxPayloadSize udpReadBufferSize
      rtspUDPReadBufferSize mpegtsUDPReadBufferSize rtpUDPReadBufferSize dumpPackets runOnConnectRestart
      authMethod authMethods rtspAuthMethods authJWTClaimKey authJWTInHTTPQuery authHTTPFingerprint authJWTJWKSFingerprint
      api apiAddress apiEncryption apiTrustedProxies metrics metricsAddress metricsEncryption metricsTrustedProxies
      pprof pprofAddress pprofEncryption pprofTrustedProxies playback playbackAddress playbackEncryption playbackTrustedProxies
      rtsp rtspDisable rtspTransports protocols encryption rtspEncryption rtspAddress rtspsAddress rtpAddress rtcpAddress srtpAddress srtcpAddress
      multicastIPRange multicastRTPPort multicastRTCPPort multicastSRTPPort multicastSRTCPPort rtspTrustedProxies
      rtmp rtmpDisable rtmpAddress rtmpEncryption rtmpsAddress rtmpTrustedProxies
      hls hlsDisable hlsAddress hlsEncryption hlsTrustedProxies hlsAlwaysRemux hlsVariant hlsSegmentCount hlsSegmentDuration hlsPartDuration
      hlsSegmentMaxSize hlsMuxerCloseAfter
      webrtc webrtcDisable webrtcAddress webrtcEncryption webrtcTrustedProxies webrtcLocalUDPAddress webrtcLocalTCPAddress webrtcIPsFromInterfaces
      webrtcIPsFromInterfacesList webrtcAdditionalHosts webrtcHandshakeTimeout webrtcTrackGatherTimeout webrtcSTUNGatherTimeout
      webrtcICEHostNAT1To1IPs webrtcICETCPMuxAddress webrtcICEUDPMuxAddress
      moq moqHTTP2Address moqHTTP3Address moqHTTPS2Address moqHTTPS3Address moqQUICAddress moqTrustedProxies srt srtAddress
      sourceFingerprint sourceOnDemand sourceOnDemandStartTimeout sourceOnDemandCloseAfter sourceProtocol sourceAnyPortEnable maxReaders
      alwaysAvailable record recordFormat recordPartDuration recordMaxPartSize recordSegmentDuration recordDeleteAfter
      publishIPs readIPs overridePublisher disablePublisherOverride useAbsoluteTimestamp
      rtspTransport rtspAnyPort rtspRangeType rtspRangeStart rtspScale rtspDemuxMpegts rtspUDPSourcePortRange moqTransport
      whepSTUNGatherTimeout whepHandshakeTimeout whepTrackGatherTimeout
      rpiCameraCamID rpiCameraSecondary rpiCameraWidth rpiCameraHeight rpiCameraHFlip rpiCameraVFlip rpiCameraBrightness rpiCameraContrast
      rpiCameraSaturation rpiCameraSharpness rpiCameraExposure rpiCameraAWB rpiCameraAWBGains rpiCameraDenoise rpiCameraShutter rpiCameraMetering
      rpiCameraGain rpiCameraEV rpiCameraROI rpiCameraHDR rpiCameraMode rpiCameraFPS rpiCameraAfMode rpiCameraAfRange rpiCameraAfSpeed
      rpiCameraLensPosition rpiCameraAfWindow rpiCameraFlickerPeriod rpiCameraTextOverlayEnable rpiCameraCodec rpiCameraIDRPeriod rpiCameraBitrate
      rpiCameraProfile rpiCameraLevel rpiCameraH264Profile rpiCameraH264Level rpiCameraHardwareH264Profile rpiCameraHardwareH264Level
      rpiCameraSoftwareH264Profile rpiCameraSoftwareH264Level rpiCameraMJPEGQuality rpiCameraJPEGQuality
      runOnInitRestart runOnDemandRestart runOnDemandStartTimeout runOnDemandCloseAfter runOnReadyRestart runOnAvailableRestart runOnOnlineRestart
      runOnReadRestart`,
    ),
    ...named(
      file,
      `logFile serverCert apiServerCert metricsServerCert pprofServerCert playbackServerCert rtspServerCert rtmpServerCert hlsServerCert webrtcServerCert
      moqServerCert hlsDirectory recordPath alwaysAvailableFile rpiCameraTuningFile`,
    ),
    ...named(address, 'externalAuthenticationURL authHTTPAddress authJWTJWKS authJWTIssuer sourceRedirect'),
    ...named(origin, 'apiAllowOrigin metricsAllowOrigin pprofAllowOrigin playbackAllowOrigin hlsAllowOrigin webrtcAllowOrigin'),
    ...named(list(origin), 'apiAllowOrigins metricsAllowOrigins pprofAllowOrigins playbackAllowOrigins hlsAllowOrigins webrtcAllowOrigins moqAllowOrigins'),
    name: pathName,
    source,
    fallback,
    authInternalUsers: list(record({ user: userName, ips: plain, permissions })),
    authHTTPExclude: permissions,
    authJWTExclude: permissions,
    publishUser: userName,
    readUser: userName,
    webrtcICEServers: list(iceServer),
    webrtcICEServers2: list(record({ url: iceServer, clientOnly: plain })),
    alwaysAvailableTracks: list(record({ codec: plain, sampleRate: plain, channelCount: plain, muLaw: plain })),
    forward: list(record({ dest: address, destFingerprint: plain })),
  }),
)

/** Fields whose values can be shown, for the test that compares them with MediaMTX's fields. */
export const shownFields: ReadonlySet<string> = new Set(fields.keys())

/** One level of a configuration (global, pathDefaults or one path) as shown in the console and stored in bundles. */
export function shownConfiguration(raw: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(raw).map(([name, value]) => [name, (fields.get(name) ?? hidden)(value)]))
}
