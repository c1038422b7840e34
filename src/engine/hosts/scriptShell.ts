import type { HostFailure } from '../../shared/errors.ts'
import type { Result } from '../../shared/result.ts'

export interface AskLimits {
  /** Without a complete answer by then it fails: `hung`. */
  readonly timeoutMs: number
  /** Beyond this it fails: `answerBroken`. */
  readonly maxBytes: number
}
export interface ScriptAnswer {
  /** From its first section up to, without, its END. */
  readonly bytes: Buffer
  /** From the request to the whole answer, without the time to connect. */
  readonly tookMs: number
  readonly askedAtMs: number
}
/** A running `collectScript`, here or elsewhere. */
export interface ScriptShell {
  readonly ask: (question: string, limits: AskLimits, signal: AbortSignal) => Promise<Result<ScriptAnswer, HostFailure>>
  /** false: the next question starts it anew, maybe on another machine. */
  readonly isConnected: () => boolean
  readonly close: () => void
}
