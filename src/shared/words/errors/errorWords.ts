import type { HostCause, HostFailure, ReplyFault, SecretFault, ServerError } from '../../errors.ts'
import type { Texts } from '../texts.ts'

/** Errors of media servers and hosts in one language: what is wrong, and what to do. */
export interface ErrorWords {
  /** `detail` is the error's detail in words, without a full stop; '' for an error that has none. */
  readonly server: Texts<ServerError, [detail: string]>
  readonly serverTodo: Texts<ServerError>
  /** Without a full stop, as each stands in its error's sentence. */
  readonly serverDetails: Texts<Exclude<ReplyFault | SecretFault, { kind: 'quoted' }>>
  /** `cause` is the cause in words, without a full stop; null: no more is known than the kind. */
  readonly host: Texts<HostFailure, [cause: string | null]>
  /** '' if the error itself says enough. */
  readonly hostTodo: Texts<HostFailure, [cause: string | null]>
  /** Without a full stop, as each stands in its failure's sentence. `because` is the cause of the cause. */
  readonly hostCauses: Texts<Exclude<HostCause, { kind: 'quoted' | 'secretsClosed' }>, [because: string | null]>
}

/** A limit of what is read, which is set in whole kB or MB. */
export function limitSize(bytes: number): string {
  return bytes < 1e6 ? `${Math.round(bytes / 1e3)} kB` : `${Math.round(bytes / 1e6)} MB`
}

/** A cause of ours that is a sentence by itself. null for none and for the words of others, which need ours around them. */
export function ownSentence(said: HostFailure['said'], cause: string | null): string | null {
  return said?.kind === 'quoted' ? null : cause
}
