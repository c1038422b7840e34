import type { HostFailure, ServerError } from '../../errors.ts'
import type { Texts } from '../texts.ts'

/** Errors of media servers and hosts in one language: what is wrong, and what to do. */
export interface ErrorWords {
  readonly server: Texts<ServerError>
  readonly serverTodo: Texts<ServerError>
  readonly host: Texts<HostFailure>
  /** '' if the error itself says enough. */
  readonly hostTodo: Texts<HostFailure>
}

export const megabytes = (bytes: number): number => Math.round(bytes / 1e6)
