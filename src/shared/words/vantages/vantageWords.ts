import type { VantageError } from '../../vantages.ts'
import type { Texts } from '../texts.ts'

/** Failures of connections have the words of servers. */
export type OwnVantageError = Exclude<VantageError, { readonly kind: 'connection' }>
export interface VantageWords {
  readonly what: Texts<OwnVantageError>
  readonly todo: Texts<OwnVantageError>
  /** What to do about a connection that fails. */
  readonly reach: string
}
