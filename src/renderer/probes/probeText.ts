import type { TFunction } from 'i18next'
import type { GradeReason } from '../../shared/probeGrades.ts'
import type { ProbeReading } from '../../shared/probeReadings.ts'
import { formatFixed, formatNumber, formatValue } from '../../shared/units.ts'

/** Tells reasons of one grade apart. */
export function reasonKey(reason: GradeReason): string {
  return reason.kind === 'figure' ? reason.figure : reason.kind === 'content' ? reason.check : reason.kind
}

/** Names by which people know FFmpeg's codecs; any other is written in capitals. */
const codecNames: Readonly<Record<string, string>> = { h264: 'H264', hevc: 'H265', opus: 'Opus', pcm_alaw: 'G711', pcm_mulaw: 'G711' }
export function codecName(codec: string): string {
  return codecNames[codec] ?? codec.toUpperCase()
}

/** A level as it is written: 4.1 of H.264 is counted as 41, of H.265 as 123. Of other codecs its number means something else each. */
function levelText(codec: string, level: number | null): string {
  if (level === null) return ''
  return codec === 'h264' ? formatFixed(level / 10, 1, 'en') : codec === 'hevc' ? formatFixed(level / 30, 1, 'en') : ''
}
/** "H264 High 4.1" */
export function videoText({ codec, profile, level }: NonNullable<ProbeReading['video']>): string {
  return [codecName(codec), profile, levelText(codec, level)].filter((part) => part !== null && part !== '').join(' ')
}
export function audioText({ codec, profile }: NonNullable<ProbeReading['audio']>): string {
  return [codecName(codec), profile].filter((part) => part !== null).join(' ')
}

/** "1920 × 1080"; '' : unknown. */
export function sizeText(width: number | null | undefined, height: number | null | undefined): string {
  return width == null || height == null || width === 0 || height === 0 ? '' : `${width} × ${height}`
}

/** Pictures per second, at most two decimals. */
export function fpsText(fps: number): string {
  return formatNumber(fps, 2)
}

/** How far the sound of a canary is from its picture. */
export function soundMessage(aheadMs: number, t: TFunction): string {
  return t(aheadMs < 0 ? 'probes.canaries.soundBehind' : 'probes.canaries.soundAhead', { time: formatValue(Math.abs(aheadMs), 'ms') })
}
