import { z } from 'zod'
import { isAtLeast } from './isAtLeast.ts'
import { invalid, type ValidationError } from './validationErrors.ts'

// Settings of a path in MediaMTX's configuration: their types, and which can be changed without disconnecting anybody. Taken from its sources,
// v1.3 to v1.20.1 (internal/conf/path.go, internal/core/path_manager.go).

/** `json`: a list, an object, or a setting unknown here. */
export const pathSettingKinds = ['switch', 'text', 'whole', 'number', 'duration', 'size', 'choice', 'json'] as const
type PathSettingKind = (typeof pathSettingKinds)[number]

/** Valid values of a setting. Ranges are those of the server, which may refuse further values depending on other settings. */
interface PathSettingForm {
  readonly kind: PathSettingKind
  readonly least?: number
  readonly most?: number
  readonly choices?: readonly string[]
}

const ofKind = (form: PathSettingForm, names: string): (readonly [string, PathSettingForm])[] => names.split(/\s+/).map((name) => [name, form])
const choice = (name: string, ...choices: readonly string[]) => [name, { kind: 'choice', choices }] as const
const within = (least: number, most: number, names: string) => ofKind({ kind: 'number', least, most }, names)
const mostWhole = 2 ** 31 - 1

const forms: ReadonlyMap<string, PathSettingForm> = new Map<string, PathSettingForm>([
  ...ofKind(
    { kind: 'switch' },
    `sourceOnDemand useAbsoluteTimestamp alwaysAvailable record playback overridePublisher disablePublisherOverride rtspDemuxMpegts rtspAnyPort
    sourceAnyPortEnable rpiCameraSecondary rpiCameraHFlip rpiCameraVFlip rpiCameraHDR rpiCameraTextOverlayEnable runOnInitRestart runOnDemandRestart
    runOnReadyRestart runOnAvailableRestart runOnOnlineRestart runOnReadRestart`,
  ),
  ...ofKind(
    { kind: 'text' },
    `rpiCameraProfile rpiCameraLevel rpiCameraHardwareH264Profile rpiCameraHardwareH264Level rpiCameraSoftwareH264Profile rpiCameraSoftwareH264Level source sourceFingerprint srtReadPassphrase srtPublishPassphrase fallback alwaysAvailableFile recordPath publishUser publishPass readUser readPass
    rtspRangeStart rtspScale rtpSDP whepBearerToken sourceRedirect rpiCameraROI rpiCameraTuningFile rpiCameraMode rpiCameraAfWindow rpiCameraTextOverlay
    runOnInit runOnDemand runOnUnDemand runOnReady runOnNotReady runOnAvailable runOnUnavailable runOnOnline runOnOffline runOnRead runOnUnread
    runOnRecordSegmentCreate runOnRecordSegmentComplete`,
  ),
  ...ofKind(
    { kind: 'whole', least: 0, most: mostWhole },
    `maxReaders rtspUDPReadBufferSize mpegtsUDPReadBufferSize rtpUDPReadBufferSize rpiCameraCamID rpiCameraWidth rpiCameraHeight rpiCameraShutter
    rpiCameraFlickerPeriod rpiCameraIDRPeriod rpiCameraBitrate rpiCameraJPEGQuality rpiCameraMJPEGQuality`,
  ),
  ...within(-1, 1, 'rpiCameraBrightness'),
  ...within(0, 16, 'rpiCameraContrast rpiCameraSaturation rpiCameraSharpness'),
  ...within(-10, 10, 'rpiCameraEV'),
  ...within(0, mostWhole, 'rpiCameraGain rpiCameraFPS rpiCameraLensPosition'),
  ...ofKind(
    { kind: 'duration' },
    `sourceOnDemandStartTimeout sourceOnDemandCloseAfter recordPartDuration recordSegmentDuration recordDeleteAfter whepSTUNGatherTimeout
    whepHandshakeTimeout whepTrackGatherTimeout runOnDemandStartTimeout runOnDemandCloseAfter`,
  ),
  ...ofKind({ kind: 'size' }, 'recordMaxPartSize'),
  ...ofKind({ kind: 'json' }, 'alwaysAvailableTracks forward publishIPs readIPs rtspUDPSourcePortRange rpiCameraAWBGains'),
  choice('recordFormat', 'fmp4', 'mpegts'),
  choice('rtspTransport', 'automatic', 'udp', 'multicast', 'tcp'),
  choice('sourceProtocol', 'automatic', 'udp', 'multicast', 'tcp'),
  choice('rtspRangeType', '', 'clock', 'npt', 'smpte'),
  choice('moqTransport', 'quic', 'webtransport'),
  choice('rpiCameraExposure', 'normal', 'short', 'long', 'custom'),
  choice('rpiCameraAWB', 'auto', 'incandescent', 'tungsten', 'fluorescent', 'indoor', 'daylight', 'cloudy', 'custom'),
  choice('rpiCameraDenoise', 'off', 'cdn_off', 'cdn_fast', 'cdn_hq'),
  choice('rpiCameraMetering', 'centre', 'spot', 'matrix', 'custom'),
  choice('rpiCameraAfMode', 'auto', 'manual', 'continuous'),
  choice('rpiCameraAfRange', 'normal', 'macro', 'full'),
  choice('rpiCameraAfSpeed', 'normal', 'fast'),
  choice('rpiCameraH264Profile', 'auto', 'baseline', 'main', 'high'),
  choice('rpiCameraH264Level', '4.0', '4.1', '4.2'),
  choice('rpiCameraCodec', 'auto', 'hardwareH264', 'softwareH264', 'mjpeg'),
])

/** Unknown settings are edited as JSON. */
export function pathSettingForm(name: string): PathSettingForm {
  return forms.get(name) ?? { kind: 'json' }
}
/** For the test that compares them with MediaMTX's API description. */
export const knownPathSettings: ReadonlySet<string> = new Set(forms.keys())

/** Go durations, optionally preceded by days: `1d`, `1h30m`, `500ms`. */
const duration = /^-?(?:\d{1,6}d)?(?:\d{1,9}(?:\.\d{1,9})?(?:ns|us|µs|ms|[smh]))*$/
const size = /^\d{1,15}(?:\.\d{1,3})?\s?(?:[KMGTPE](?:I?B)?|B)$/i

/** Placeholders for hidden values: ours, and that of MediaMTX since 1.20.1. */
const masks = ['***', '<redacted>']
export function hasMask(value: unknown): boolean {
  return typeof value === 'string'
    ? masks.some((mask) => value.includes(mask))
    : typeof value === 'object' && value !== null && Object.values(value).some((inner) => hasMask(inner))
}

/** Maximum length of one value, as JSON. */
const longestPathSetting = 16_384

/** What is wrong with a value for a setting; null: nothing, as far as can be checked without the server. */
export function pathSettingValidationError(name: string, value: unknown): ValidationError | null {
  const { kind, least = -Number.MAX_VALUE, most = Number.MAX_VALUE, choices = [] } = pathSettingForm(name)
  if (value === undefined || (JSON.stringify(value)?.length ?? 0) > longestPathSetting) return { kind: 'tooLong', most: longestPathSetting }
  if (hasMask(value)) return { kind: 'secretsHidden' }
  switch (kind) {
    case 'switch':
      return typeof value === 'boolean' ? null : { kind: 'notOfType', type: 'boolean' }
    case 'whole':
    case 'number':
      if (typeof value !== 'number' || (kind === 'whole' && !Number.isInteger(value))) return { kind: 'notOfType', type: 'number' }
      return value >= least && value <= most ? null : { kind: 'notWithin', least, most }
    case 'json':
      return null
    default:
  }
  if (typeof value !== 'string') return { kind: 'notOfType', type: 'text' }
  if (kind === 'choice') return choices.includes(value) ? null : { kind: 'notOneOf', words: [...choices] }
  if (kind === 'duration') return value !== '' && duration.test(value) ? null : { kind: 'notSuchAs', example: '1h30m' }
  if (kind === 'size') return size.test(value) ? null : { kind: 'notSuchAs', example: '50M' }
  return null
}

const unitBytes: Readonly<Record<string, number>> = { B: 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4, P: 1024 ** 5, E: 1024 ** 6 }
const unitMs: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Normal form, equal for values that are equivalent to the server: it returns `1d` after `24h` was set, and `50M` after `50MB`. */
export function meantBy(name: string, value: unknown): string {
  const { kind } = pathSettingForm(name)
  if (kind === 'duration' && typeof value === 'string' && duration.test(value)) {
    let ms = 0
    for (const [, figure, unit = ''] of value.matchAll(/([\d.]+)(ns|us|µs|ms|[smhd])/g)) ms += Number(figure) * (unitMs[unit] ?? 0)
    return `${value.startsWith('-') ? -ms : ms} ms`
  }
  if (kind === 'size' && typeof value === 'string' && size.test(value)) {
    const unit = /[KMGTPE]/i.exec(value)?.[0].toUpperCase() ?? 'B'
    return `${Math.round(Number.parseFloat(value) * (unitBytes[unit] ?? 1))} B`
  }
  // Go hardly distinguishes a missing list from an empty one.
  if (kind === 'json' && (value === null || (Array.isArray(value) && value.length === 0))) return '[]'
  return inOrder(value)
}
const inOrder = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  ) ?? 'null'

/** What a change interrupts. `recording`: recording starts or stops, or continues in another file. `streams`: everyone is disconnected. */
export const pathInterruptions = ['nothing', 'recording', 'streams'] as const
type PathInterruption = (typeof pathInterruptions)[number]

const recordings = /^record(?:Path|Format|PartDuration|MaxPartSize|SegmentDuration|DeleteAfter)$/
const cameras = /^rpiCamera(?:Brightness|Contrast|Saturation|Sharpness|Exposure|AWB|AWBGains|Denoise|Shutter|Metering|Gain|EV|FPS|IDRPeriod|Bitrate)$/
const laterCameras = /^rpiCamera(?:FlickerPeriod|TextOverlay|TextOverlayEnable)$/

/** The worst effect of changing these settings. Unless known to be changeable while a path is open, a setting closes it, disconnecting everyone. */
export function pathInterruption(settings: readonly string[], version: string | null): PathInterruption {
  const effects = settings.map((name): PathInterruption => {
    if (name === 'record' || (recordings.test(name) && isAtLeast(version, 1, 16))) return 'recording'
    if (cameras.test(name) || (laterCameras.test(name) && isAtLeast(version, 1, 19))) return 'nothing'
    return name === 'forward' && isAtLeast(version, 1, 20) ? 'nothing' : 'streams'
  })
  return pathInterruptions[Math.max(0, ...effects.map((effect) => pathInterruptions.indexOf(effect)))] ?? 'streams'
}

/** Whether a path name matches many paths: a regular expression, or all paths without their own entry. */
export function isPathPattern(name: string): boolean {
  return name.startsWith('~') || name === 'all' || name === 'all_others'
}

/** Maximum number of settings in one change. */
const mostChangedSettings = 100
const longestSettingName = 100
/** New values, by setting. */
export const changedSettingsSchema = z.record(z.string().min(1).max(longestSettingName), z.unknown()).superRefine((settings, ctx) => {
  const names = Object.keys(settings)
  if (names.length > mostChangedSettings) ctx.addIssue(invalid({ kind: 'tooManyAtOnce', most: mostChangedSettings }))
  for (const name of names.slice(0, mostChangedSettings)) {
    const validationError = pathSettingValidationError(name, settings[name])
    if (validationError !== null) ctx.addIssue({ code: 'custom', message: invalid(validationError), path: [name] })
  }
})
