import type { DailyChange, DailyContentCheck, DailyFault, DailyMeasured } from '../../shared/dailyChecks.ts'
import { type ContentWatch, contentWatchOf, isContentFault, lastingIn } from '../../shared/probeContent.ts'
import type { ContractDifference } from '../../shared/probeContracts.ts'
import { type GradeReason, gradeReasonsOf } from '../../shared/probeGrades.ts'
import type { ProbeReading } from '../../shared/probeReadings.ts'
import type { KnownCamera } from './dailyRows.ts'

// What a reading says of a camera: its grade is that of a probe, and what makes it poor is a fault. Pure.

/** Checks of a look. Always includes `black`, because a picture check decodes pictures and returns the last one. */
export function dailyWatch(checks: readonly DailyContentCheck[]): ContentWatch {
  const watch = contentWatchOf({ profile: null, checks: [...new Set([...checks, 'black' as const])], thresholds: {} })
  if (watch === null) throw new Error('a watch without checks')
  return watch
}

/** What stands in the way of a picture, and what makes the grade of a look poor. `wakes`: it waited for its source, which is no answer time. */
export function faultsOfCheck(reading: ProbeReading, checks: readonly DailyContentCheck[], wakes: boolean): DailyFault[] {
  const { video, content, response } = reading
  if (video === null) return [{ kind: 'noPicture', why: { kind: 'noVideo' } }]
  const lasting = lastingIn(content).filter(({ check }) => checks.some((one) => one === check))
  const graded = wakes ? { ...reading, response: { ...response, answerMs: null, keyframeMs: null } } : reading
  const faults = gradeFaults(gradeReasonsOf(graded, null, lasting))
  const isUndecoded = reading.keyframes !== 0 && content?.undecoded.includes('video') === true
  return isUndecoded ? [{ kind: 'noPicture', why: { kind: 'undecodable', because: 'noWholePicture' } }, ...faults] : faults
}
/** Whether the look found something that a longer one may find to be a fault. */
export function isUndecided({ content }: ProbeReading, checks: readonly DailyContentCheck[]): boolean {
  return lastingIn(content).some((lasting) => checks.some((one) => one === lasting.check) && !isContentFault(lasting))
}
/** What makes a grade poor. */
export function gradeFaults(reasons: readonly GradeReason[]): DailyFault[] {
  return reasons.filter(({ grade }) => grade === 'poor').map((reason) => ({ kind: 'grade', reason }))
}

/** What is otherwise than it is known to be, or than was agreed. */
export function changedFaults(
  reading: ProbeReading,
  known: Pick<KnownCamera, 'widthPx' | 'heightPx'> | null,
  differences: readonly ContractDifference[],
): DailyFault[] {
  const faults: DailyFault[] = []
  const size = sizeOf(reading)
  if (size !== null && known !== null && known.widthPx !== null && known.heightPx !== null) {
    const { widthPx: knownWidthPx, heightPx: knownHeightPx } = known
    if (size.widthPx !== knownWidthPx || size.heightPx !== knownHeightPx) faults.push({ kind: 'size', ...size, knownWidthPx, knownHeightPx })
  }
  return differences.length > 0 ? [...faults, { kind: 'contract', differences: [...differences] }] : faults
}

export function measuredOf({ video, content, bitrateBps }: ProbeReading): DailyMeasured {
  const { widthPx = null, heightPx = null } = sizeOf({ video }) ?? {}
  return { codec: video?.codec ?? null, widthPx, heightPx, fps: video?.fps ?? null, bitrateBps, pictures: content?.pictures ?? null }
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
  return faults.some((fault) => (fault.kind === 'grade' && fault.reason.kind !== 'content') || (fault.kind === 'noPicture' && passing.has(fault.why.kind)))
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
