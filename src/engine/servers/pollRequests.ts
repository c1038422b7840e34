import { timeLimit } from '../../clock/clock.ts'
import type { MediaServerClient } from './mediaServerClient.ts'
import { type ServersState, staleAfterOf } from './serversState.ts'
import type { Watched } from './watchedServer.ts'

/** One answer may take this long; MediaMTX delays a wrong password by up to 4 s. */
export const answerLimitMs = 5_000
/** With each faster round, the remembered duration of the slowest one shrinks to this share. */
const slowestKept = 0.9
/** Of what is read beside configurations nothing is worth that a poll waits longer for it. */
const besideLimitMs = 2_000

/** Makes the requests of one server's polling, each with a limit of its own, and keeps account of them for the age at which a round is overdue. */
export type PollRequests = ReturnType<typeof createPollRequests>

/** One run of polling a server, until its signal is aborted. */
export interface PollRun {
  readonly servers: ServersState
  readonly watched: Watched
  readonly client: MediaServerClient
  readonly requests: PollRequests
  readonly signal: AbortSignal
}

export function createPollRequests(servers: ServersState, watched: Watched, signal: AbortSignal) {
  const { clock } = servers
  let roundFrom = 0
  let requests = 0
  let requestsBefore = 0
  let slowestMs: number | null = null
  let besideRequests = 0
  /** Before each request, and at the end of each answered round. */
  const progress = () => {
    if (signal.aborted) return
    watched.requests = requestsBefore + requests
    const before = staleAfterOf(servers, watched)
    watched.roundMs = slowestMs
    // Windows must not show it as silent sooner than the engine does.
    if (staleAfterOf(servers, watched) !== before) servers.onChange(watched.id)
  }

  const askWithin = async <T>(limitMs: number, request: (limited: AbortSignal) => Promise<T>): Promise<T> => {
    requests++
    progress()
    using limit = timeLimit(clock, limitMs, signal)
    return await request(limit.signal)
  }

  return {
    /** Makes a request of the round. */
    ask: <T>(request: (limited: AbortSignal) => Promise<T>): Promise<T> => {
      // Only a round whose paths were answered has a second request.
      if (requests > 0) slowestMs = Math.max(slowestMs ?? 0, clock.monotonic() - roundFrom)
      return askWithin(answerLimitMs, request)
    },
    /** Makes one between two rounds. */
    askAside: <T>(request: (limited: AbortSignal) => Promise<T>): Promise<T> => askWithin(answerLimitMs, request),
    /** Makes one between two rounds that no poll should wait for. */
    askBeside: <T>(request: (limited: AbortSignal) => Promise<T>): Promise<T> => {
      besideRequests++
      return askWithin(besideLimitMs, request)
    },
    /** How many were made by `askBeside` so far. */
    besideRequests: (): number => besideRequests,
    beginRound: (): void => {
      roundFrom = clock.monotonic()
      requestsBefore = requests
      requests = 0
    },
    roundAnswered: (): void => {
      slowestMs = Math.max(clock.monotonic() - roundFrom, (slowestMs ?? 0) * slowestKept)
      progress()
    },
    /** When the round began, monotonic. */
    roundFrom: (): number => roundFrom,
  }
}
