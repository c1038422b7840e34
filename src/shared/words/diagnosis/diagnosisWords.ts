import type { DiagnosisFound, DiagnosisStep, LeftOutReason } from '../../diagnosis.ts'
import type { DiagnosisDoor, DiagnosisVerdict } from '../../diagnosisVerdict.ts'
import type { StreamState } from '../../streams.ts'
import type { Texts } from '../texts.ts'

/** A cause, and what to do about it; '' where there is nothing to do. */
export type VerdictWords = readonly [what: string, todo: string]

/** Verdicts whose words are those of an error of a server. */
export type ErrorVerdict = Extract<DiagnosisVerdict, { readonly error: unknown }>

/** What a diagnosis says in one language. */
export interface DiagnosisWords {
  readonly steps: Readonly<Record<DiagnosisStep, string>>
  readonly doors: Readonly<Record<DiagnosisDoor, string>>
  readonly leftOut: Readonly<Record<LeftOutReason, string>>
  readonly states: Readonly<Record<StreamState, string>>
  readonly stateIs: (state: string) => string
  /** `door`: the name of the listener; '' where it is about none. */
  readonly found: Texts<Exclude<DiagnosisFound, { kind: 'failed' | 'notTried' }>, [door: string]>
  readonly verdicts: Texts<Exclude<DiagnosisVerdict, ErrorVerdict>, [name: (door: DiagnosisDoor) => string], VerdictWords>
  /** Before the words of an error: at which listener. */
  readonly atDoor: (door: string) => string
}
