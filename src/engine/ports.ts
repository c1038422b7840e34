import type { Clock } from '../clock/clock.ts'
import type { SecretsKept } from '../shared/cautions.ts'
import type { MediaError, MediaTools, Snapshot, SnapshotRequest } from '../shared/media.ts'
import type { Result } from '../shared/result.ts'

/** Structured log: facts first, then one sentence. Secrets are redacted behind it, and should not reach it. */
export interface Log {
  readonly debug: (facts: object, text: string) => void
  readonly info: (facts: object, text: string) => void
  readonly warn: (facts: object, text: string) => void
  readonly error: (facts: object, text: string) => void
  readonly child: (facts: object) => Log
}

/** Who keeps the key that encrypts servers' secrets at rest. */
export interface SecretsKey {
  /** keychain: the operating system's. file: a file only this user can read. none: secrets can't be stored; `kept` says why. */
  readonly protection: 'keychain' | 'file' | 'none'
  readonly kept: SecretsKept
  /** 32 bytes; null where there is none. */
  readonly key: Uint8Array | null
}

/** Pictures of streams, made by the media process: native code stays out of the engine. */
export interface MediaPort {
  /** One picture. Answers within the request's `timeoutMs` and a little, whatever becomes of the process. */
  readonly snapshot: (request: SnapshotRequest, signal?: AbortSignal) => Promise<Result<Snapshot, MediaError>>
  /** What pictures are made with, if `ffmpeg` is what the operator names. */
  readonly tools: (ffmpeg: string, signal?: AbortSignal) => Promise<Result<MediaTools, MediaError>>
}

/** All that the engine needs from outside: lent by src/main on a desktop, by src/headless on a server, by tests. */
export interface EnginePorts {
  readonly clock: Clock
  readonly log: Log
  /** Where databases live; one engine a folder. */
  readonly dataDir: string
  readonly secretsKey: () => Promise<SecretsKey>
  /** Entry of the store's thread: a .ts file in a checkout, a bundled .js when packed. */
  readonly storeWorker: URL
  readonly version: string
  /** Calls back when the machine wakes up, where the platform tells. The engine also notices by itself. */
  readonly onWake?: (listener: () => void) => () => void
  /** Where it is not lent, stills say so. */
  readonly media?: MediaPort
}
