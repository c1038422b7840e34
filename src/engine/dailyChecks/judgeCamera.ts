import { type DailyChange, type DailyContentCheck, type DailyFault, type DailyMeasured, isDailyFault } from '../../shared/dailyChecks.ts'
import { type ContentWatch, contentWatchOf } from '../../shared/probeContent.ts'
import { differencesOf, type StreamContract } from '../../shared/probeContracts.ts'
import type { ProbeReading } from '../../shared/probeReadings.ts'
import type { KnownCamera } from './dailyCamera.ts'

// Evaluates a look at a camera. Pure.

/** Checks of a look. Always includes `black`, because a picture check decodes pictures and returns the last one. */
export function dailyWatch({ checks }: { readonly checks: readonly DailyContentCheck[] }): ContentWatch {
  const watch = contentWatchOf({ profile: null, checks: [...new Set([...checks, 'black' as const])], thresholds: {} })
  if (watch === null) throw new Error('a watch without checks')
  return watch
}

/** Faults of a stream that could be read, worst first, and its measurements. `contract`: that of a probe; null: none. */
export function judgeReading(
  reading: ProbeReading,
  {
    checks,
    lookMs,
    known,
    contract,
  }: {
    readonly checks: readonly DailyContentCheck[]
    readonly lookMs: number
    readonly known: Pick<KnownCamera, 'widthPx' | 'heightPx'> | null
    readonly contract: StreamContract | null
  },
): { readonly faults: DailyFault[]; readonly measured: DailyMeasured } {
  const { video, content, bitrateBps } = reading
  const size = sizeOf(reading)
  const measured: DailyMeasured = {
    codec: video?.codec ?? null,
    widthPx: size?.widthPx ?? null,
    heightPx: size?.heightPx ?? null,
    fps: video?.fps ?? null,
    bitrateBps,
    pictures: content?.pictures ?? 0,
  }
  const faults: DailyFault[] = []
  if (video === null) faults.push({ kind: 'noPicture', why: { kind: 'noVideo' } })
  else if (reading.keyframes === 0) faults.push({ kind: 'noKeyframe', seconds: Math.round(lookMs / 1_000) })
  else if (content?.undecoded.includes('video')) faults.push({ kind: 'noPicture', why: { kind: 'undecodable', because: 'noWholePicture' } })
  for (const finding of content?.findings ?? []) {
    const { check, seconds, isFromStart } = finding
    const wanted = checks.find((one) => one === check)
    if (wanted !== undefined && isDailyFault(finding)) faults.push({ kind: 'content', check: wanted, seconds, isFromStart })
  }
  if (size !== null && known !== null && known.widthPx !== null && known.heightPx !== null) {
    const { widthPx: knownWidthPx, heightPx: knownHeightPx } = known
    if (size.widthPx !== knownWidthPx || size.heightPx !== knownHeightPx) faults.push({ kind: 'size', ...size, knownWidthPx, knownHeightPx })
  }
  const differences = contract === null ? [] : differencesOf(contract, reading)
  if (differences.length > 0) faults.push({ kind: 'contract', differences })
  return { faults, measured }
}

/** null: unknown. */
export function sizeOf({ video }: Pick<ProbeReading, 'video'>): { readonly widthPx: number; readonly heightPx: number } | null {
  if (video === null || video.widthPx === 0 || video.heightPx === 0) return null
  return { widthPx: video.widthPx, heightPx: video.heightPx }
}

/** Change since the last report that checked the camera. `known` null: it was in no report; `isFirst`: there is no earlier report at all. */
export function changeOf(verdict: 'ok' | 'fault' | 'notChecked', known: Pick<KnownCamera, 'faultSince'> | null, isFirst: boolean): DailyChange | null {
  const wasFaulty = known !== null && known.faultSince !== null
  if (verdict === 'fault') return wasFaulty ? 'stillFault' : 'newFault'
  if (known === null) return isFirst ? null : 'new'
  return verdict === 'ok' && wasFaulty ? 'mended' : null
}

/** Whether any fault may be temporary, so that a retry may succeed. */
export function mayPass(faults: readonly DailyFault[]): boolean {
  return faults.some((fault) => fault.kind === 'noKeyframe' || (fault.kind === 'noPicture' && passing.has(fault.why.kind)))
}
const passing: ReadonlySet<string> = new Set([
  'unreachable',
  'refused',
  'timedOut',
  'crashed',
  'serverError',
  'noPictureNow',
  'undecodable',
  'decoderFailed',
  'notFound',
])

const refusals: ReadonlySet<string> = new Set(['unauthorized', 'readRefused', 'rtspReadRefused', 'rtspPasswordMissing', 'rtspPasswordWithheld'])
/** Whether our credentials were refused. */
export function isRefused(faults: readonly DailyFault[]): boolean {
  return faults.some((fault) => fault.kind === 'noPicture' && refusals.has(fault.why.kind))
}
