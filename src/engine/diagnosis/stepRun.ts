import { type Clock, TimeLimitError, timeLimit } from '../../clock/clock.ts'
import type { DiagnosisFinding, DiagnosisFound, DiagnosisOutcome, DiagnosisStep, LeftOutReason } from '../../shared/diagnosis.ts'
import type { DiagnosisDoor } from '../../shared/diagnosisVerdict.ts'
import type { ServerError } from '../../shared/errors.ts'

/** What a step says: its outcome and what it found. */
export interface Found {
  readonly outcome: DiagnosisOutcome
  readonly found: DiagnosisFound
}
export function isWell(found: DiagnosisFound): Found {
  return { outcome: 'ok', found }
}
export function isFailed(found: DiagnosisFound): Found {
  return { outcome: 'failed', found }
}
export function failedBy(error: ServerError): Found {
  return isFailed({ kind: 'failed', error })
}

interface About {
  readonly step: DiagnosisStep
  readonly door?: DiagnosisDoor | null
  readonly address?: string | null
}

/** Runs the steps of one diagnosis, each within its time and all within that of the whole. */
export interface StepRun {
  /** Ends with the time of the whole diagnosis. */
  readonly signal: AbortSignal
  /** `work` gets a signal that ends with its time. What it throws for another reason is a bug. */
  readonly attempt: (about: About, limitMs: number, work: (signal: AbortSignal) => Promise<Found>) => Promise<DiagnosisFinding>
  readonly note: (about: About, found: Found) => DiagnosisFinding
  readonly leaveOut: (about: About, because: LeftOutReason) => DiagnosisFinding
}

interface StepRunDeps {
  readonly clock: Clock
  /** Ends with the time of the whole diagnosis. */
  readonly signal: AbortSignal
  readonly onFinding: (finding: DiagnosisFinding) => void
}

export function createStepRun({ clock, signal, onFinding }: StepRunDeps): StepRun {
  const told = ({ step, door = null, address = null }: About, { outcome, found }: Found, ms: number | null): DiagnosisFinding => {
    const finding = { step, door, address, outcome, found, ms }
    onFinding(finding)
    return finding
  }
  const leaveOut: StepRun['leaveOut'] = (about, because) => told(about, { outcome: 'skipped', found: { kind: 'notTried', because } }, null)
  return {
    signal,
    leaveOut,
    note: (about, found) => told(about, found, null),
    attempt: async (about, limitMs, work) => {
      if (signal.aborted) return leaveOut(about, 'outOfTime')
      const began = clock.monotonic()
      using limit = timeLimit(clock, limitMs, signal)
      const msSince = () => Math.max(0, Math.round(clock.monotonic() - began))
      try {
        const found = await work(limit.signal)
        // What failed because the whole came to its end says nothing.
        return signal.aborted && found.outcome === 'failed' ? leaveOut(about, 'outOfTime') : told(about, found, msSince())
      } catch (error) {
        if (!(error instanceof TimeLimitError)) throw error
        return signal.aborted ? leaveOut(about, 'outOfTime') : told(about, failedBy({ kind: 'timedOut', limitMs: error.limitMs }), msSince())
      }
    },
  }
}
