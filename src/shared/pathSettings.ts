import { z } from 'zod'
import { goDurationMs } from './goDuration.ts'
import { isAtLeast } from './serverVersions.ts'
import { invalid } from './validationErrors.ts'

// Settings of a path in MediaMTX's configuration, and which can be changed without disconnecting anybody. Taken from its sources, v1.3 to v1.20.1
// (internal/conf/path.go, internal/core/path_manager.go). Which values it takes, the server itself says.

/** `set`: some settings of an entry; `add`: a new entry; `remove`: the whole entry. */
export const pathChanges = ['set', 'add', 'remove'] as const
export type PathChangeKind = (typeof pathChanges)[number]

/**
 * applied: read back, it is as asked for. partly: something of it was not taken. refused: nothing was changed. unknown: it could not be read back, or is
 * hidden there.
 */
export const pathEditOutcomes = ['applied', 'partly', 'refused', 'unknown'] as const
export type PathEditOutcome = (typeof pathEditOutcomes)[number]

/** By the value that the server has. `json`: a list, an object, or nothing. */
export const pathSettingKinds = ['switch', 'number', 'text', 'json'] as const
export type PathSettingKind = (typeof pathSettingKinds)[number]
export function pathSettingKind(value: unknown): PathSettingKind {
  return typeof value === 'boolean' ? 'switch' : typeof value === 'number' ? 'number' : typeof value === 'string' ? 'text' : 'json'
}

/** Placeholders for hidden values: ours, and that of MediaMTX since 1.20.1. */
const masks = ['***', '<redacted>']
export function hasMask(value: unknown): boolean {
  return typeof value === 'string'
    ? masks.some((mask) => value.includes(mask))
    : typeof value === 'object' && value !== null && Object.values(value).some((inner) => hasMask(inner))
}

const size = /^(\d{1,15}(?:\.\d{1,3})?)\s?(?:([KMGTPE])(?:I?B)?|B)$/i

/** Normal form, equal for values that are equivalent to the server: it returns `1d` after `24h` was set, and `50M` after `50MB`. */
export function meantBy(value: unknown): string {
  const [, sign = '', time] = (typeof value === 'string' && /^(-?)(\d.*)$/.exec(value)) || []
  const ms = time === undefined ? null : goDurationMs(time)
  if (ms !== null) return `${sign === '' ? ms : -ms} ms`
  const [, figure, unit = ''] = (typeof value === 'string' && size.exec(value)) || []
  if (figure !== undefined) return `${Math.round(Number(figure) * 1024 ** ' KMGTPE'.indexOf(unit.toUpperCase() || ' '))} B`
  // Go hardly distinguishes a missing list from an empty one.
  return inOrder(value === null ? [] : value)
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

/** Maximum number of settings in one change, and length of a value as JSON. */
const mostChangedSettings = 100
const longestPathSetting = 16_384
/** New values, by setting. */
export const changedSettingsSchema = z.record(z.string().min(1).max(100), z.unknown()).superRefine((settings, ctx) => {
  const entries = Object.entries(settings)
  if (entries.length > mostChangedSettings) ctx.addIssue(invalid({ kind: 'tooManyAtOnce', most: mostChangedSettings }))
  for (const [name, value] of entries.slice(0, mostChangedSettings)) {
    const isTooLong = (JSON.stringify(value)?.length ?? longestPathSetting + 1) > longestPathSetting
    if (isTooLong) ctx.addIssue({ code: 'custom', path: [name], message: invalid({ kind: 'tooLong', most: longestPathSetting }) })
    else if (hasMask(value)) ctx.addIssue({ code: 'custom', path: [name], message: invalid({ kind: 'secretsHidden' }) })
  }
})
