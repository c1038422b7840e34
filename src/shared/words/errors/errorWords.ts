import type { HostFailure, ServerError } from '../../errors.ts'
import type { Texts } from '../texts.ts'

/** Why a media server could not be asked, or a host cannot be read, in one language: what is wrong, and beside it what to do. */
export interface ErrorWords {
  readonly server: Texts<ServerError>
  readonly serverTodo: Texts<ServerError>
  readonly host: Texts<HostFailure>
  /** '' where the error says enough. */
  readonly hostTodo: Texts<HostFailure>
}

export const megabytes = (bytes: number): number => Math.round(bytes / 1e6)
