import { type Clock, TimeLimitError, timeLimit } from '../../clock/clock.ts'
import type { DiagnosisEndpoint, DiagnosisFinding, DiagnosisFound, DiagnosisOutcome, DiagnosisStep, LeftOutReason } from '../../shared/diagnosis.ts'
import type { ServerError } from '../../shared/errors.ts'

/** Outcome and details of a step. */
export interface StepResult {
  readonly outcome: DiagnosisOutcome
  readonly found: DiagnosisFound
}
export const answers: StepResult = { outcome: 'ok', found: { kind: 'answers' } }
export function passed(found: DiagnosisFound): StepResult {
  return { outcome: 'ok', found }
}
export function failed(found: DiagnosisFound): StepResult {
  return { outcome: 'failed', found }
}
export function failedWith(error: ServerError): StepResult {
  return failed({ kind: 'failed', error })
}
/** A request for a stream that the server refused. `credentials`: whether it had any. */
export function refused(status: number, message: string, credentials: boolean): StepResult {
  return status === 401 || status === 403 ? failed({ kind: 'refused', status, credentials }) : failedWith({ kind: 'httpStatus', status, message })
}

interface StepSubject {
  readonly step: DiagnosisStep
  readonly endpoint?: DiagnosisEndpoint | null
  readonly address?: string | null
}

/** Runs the steps of one diagnosis, each within its time limit and all within that of the diagnosis, at which `signal` aborts. */
export type StepRun = ReturnType<typeof createStepRun>

export function createStepRun(clock: Clock, signal: AbortSignal, onFinding: (finding: DiagnosisFinding) => void) {
  const record = ({ step, endpoint = null, address = null }: StepSubject, { outcome, found }: StepResult, ms: number | null): DiagnosisFinding => {
    const finding = { step, endpoint, address, outcome, found, ms }
    onFinding(finding)
    return finding
  }
  const skip = (about: StepSubject, because: LeftOutReason) => record(about, { outcome: 'skipped', found: { kind: 'notTried', because } }, null)
  return {
    signal,
    skip,
    note: (about: StepSubject, found: StepResult) => record(about, found, null),
    /** `work` gets a signal that aborts at its time limit. Any other error that it throws is a bug. */
    attempt: async (about: StepSubject, limitMs: number, work: (signal: AbortSignal) => Promise<StepResult>): Promise<DiagnosisFinding> => {
      if (signal.aborted) return skip(about, 'outOfTime')
      const began = clock.monotonic()
      using limit = timeLimit(clock, limitMs, signal)
      const msSince = () => Math.max(0, Math.round(clock.monotonic() - began))
      try {
        const found = await work(limit.signal)
        // A failure caused by the time limit of the whole diagnosis is meaningless.
        return signal.aborted && found.outcome === 'failed' ? skip(about, 'outOfTime') : record(about, found, msSince())
      } catch (error) {
        if (!(error instanceof TimeLimitError)) throw error
        return signal.aborted ? skip(about, 'outOfTime') : record(about, failedWith({ kind: 'timedOut', limitMs: error.limitMs }), msSince())
      }
    },
  }
}
