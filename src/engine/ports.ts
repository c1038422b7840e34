import type { Clock } from '../clock/clock.ts'
import type { SecretsKept } from '../shared/cautions.ts'
import type { Evidence, MediaError, MediaTools, MediaUse, ProbeRequest, Published, PublishRequest, Snapshot, SnapshotRequest } from '../shared/media.ts'
import type { ProbeReading } from '../shared/probeReadings.ts'
import type { Result } from '../shared/result.ts'

/** Structured log: facts first, then one sentence. Secrets should not be passed to it; the implementation redacts them as a second defence. */
export interface Log {
  readonly debug: (facts: object, text: string) => void
  readonly info: (facts: object, text: string) => void
  readonly warn: (facts: object, text: string) => void
  readonly error: (facts: object, text: string) => void
  readonly child: (facts: object) => Log
}

/** The key that encrypts servers' secrets at rest, and how it is protected. */
export interface SecretsKey {
  /** keychain: the operating system's. file: readable by this user only. none: secrets can't be stored; `kept` says why. */
  readonly protection: 'keychain' | 'file' | 'none'
  readonly kept: SecretsKept
  /** 32 bytes; null if `protection` is none. */
  readonly key: Uint8Array | null
}

/** Pictures and measurements of streams, made by the media processes: native code stays out of the engine. */
export interface MediaPort {
  /** Takes one picture. Answers soon after the request's `timeoutMs` at the latest, even if the media process dies. */
  readonly snapshot: (request: SnapshotRequest, signal?: AbortSignal) => Promise<Result<Snapshot, MediaError>>
  /** The tools that pictures would be made with if the operator chose `ffmpeg`. */
  readonly tools: (ffmpeg: string, signal?: AbortSignal) => Promise<Result<MediaTools, MediaError>>
  /**
   * Measures a stream of any address, and gives each reading to `onReading`: one, or with `isContinuous` one after each look. Resolves when it
   * has ended: null after the one reading, or why it could not be read on. Until each reading it takes little more than `longestReadingMs` at
   * most, until the first one twice that. A continuous probe ends with `crashed` when the process dies, and has to be begun again.
   */
  readonly probe: (
    request: ProbeRequest,
    onReading: (reading: ProbeReading, evidence: Evidence | null) => void,
    signal?: AbortSignal,
  ) => Promise<MediaError | null>
  /**
   * Publishes the test signal whose pictures `probe` with `canary` measures, and gives what was sent to `onSent` every two seconds. Resolves when it has
   * ended, with why. Left out: it can't publish.
   */
  readonly publish?: (request: PublishRequest, onSent: (sent: Published) => void, signal?: AbortSignal) => Promise<MediaError>
  /** How often its processes died since the console began; left out where that is not known. */
  readonly deaths?: () => Readonly<Record<MediaUse, number>>
}

/** Everything the engine needs from outside. Provided by src/main on a desktop, by src/headless on a server, and by tests. */
export interface EnginePorts {
  readonly clock: Clock
  readonly log: Log
  /** Folder of the databases. Only one engine may use it. */
  readonly dataDir: string
  readonly secretsKey: SecretsKey
  /** Entry of the store's thread: a .ts file in a checkout, a bundled .js when packed. */
  readonly storeWorker: URL
  readonly version: string
  /**
   * Makes the id of a server that is added. Left out: a random one. When a server is polled within each two seconds follows from its id, so
   * that tests whose ids are the same each time poll at the same moments each time.
   */
  readonly newServerId?: () => string
  /**
   * The proxy that the desktop's settings name on the way to a URL, of which path and query are left out; null: none. Left out: only the
   * environment says.
   */
  readonly systemProxy?: (url: string) => Promise<string | null>
  /** Without it, stills answer that there is no media process. */
  readonly media?: MediaPort
}
