import { type Clock, sleep } from '../../clock/clock.ts'
import type { MediaPort } from '../ports.ts'

// The host of an API with the port of a configuration may be another server's endpoint: with mapped ports, or behind a balancer. Who reads a stream there
// must be among the readers that the server itself lists.

/** What a server lists of one of its streams. */
interface Listed {
  readonly readersByRtsp: number
  /** Ours are recognised by their mark, where the version shows it. */
  readonly ownByRtsp: number
}

export interface OwnEndpointsDeps {
  readonly clock: Clock
  readonly media: Pick<MediaPort, 'probe'>
  readonly userAgent: string
  readonly ffmpeg: () => string
  /** The RTSP address that only follows from the configuration, and when the server last answered; null: entered, judged, or it does not answer now. */
  readonly unevaluated: (serverId: string) => { readonly at: string; readonly answeredAt: number } | null
  /** null: the stream is not on air, or is there only while somebody reads it. */
  readonly listed: (serverId: string, path: string) => Listed | null
  readonly evaluate: (serverId: string, at: string, isOwn: boolean) => void
  readonly signal: AbortSignal
}

/** So many answers in a row without a reader, in so many reads, are needed against an address. */
const answersWithout = 3
const mostMisses = 2
/** Longest read, pause between two looks at what the server says, and time to the next try where nothing was decided, ms. */
const longestMs = 90_000
const stepMs = 500
const againMs = 600_000

/** Returns a function to call when a stream was read by RTSP at `url`: reads it on until the server has shown whether that is its own endpoint. */
export function createOwnEndpoints(deps: OwnEndpointsDeps): (serverId: string, path: string, url: string) => void {
  const nextAt = new Map<string, number>()
  return (serverId, path, url) => {
    const endpoint = deps.unevaluated(serverId)
    if (endpoint === null || deps.clock.monotonic() < (nextAt.get(serverId) ?? 0) || deps.listed(serverId, path) === null) return
    nextAt.set(serverId, Number.POSITIVE_INFINITY)
    void evaluateEndpoint(deps, serverId, path, url, endpoint.at).finally(() => nextAt.set(serverId, deps.clock.monotonic() + againMs))
  }
}

async function evaluateEndpoint(deps: OwnEndpointsDeps, serverId: string, path: string, url: string, at: string): Promise<void> {
  for (let misses = 1; misses <= mostMisses; misses++) {
    const isOwn = await isSeen(deps, serverId, path, url)
    if (isOwn === null || deps.unevaluated(serverId)?.at !== at) return
    if (isOwn || misses === mostMisses) deps.evaluate(serverId, at, isOwn)
    if (isOwn) return
  }
}

/** Whether our reader is listed while it reads; null: that can't be told. */
async function isSeen({ clock, media, userAgent, ffmpeg, unevaluated, listed, signal }: OwnEndpointsDeps, serverId: string, path: string, url: string) {
  const own = new AbortController()
  const over = AbortSignal.any([signal, own.signal])
  let readings = 0
  const request = { url, userAgent, ffmpeg: ffmpeg(), answerMs: 10_000, checkMs: 1_000, isContinuous: true }
  const reading = media.probe(request, () => void readings++, over).finally(() => own.abort())
  let answeredAt = 0
  let answers = 0
  let without = 0
  let readingsThen = 0
  for (let waitedMs = 0; waitedMs < longestMs && !over.aborted; waitedMs += stepMs) {
    await sleep(clock, stepMs, over).catch(() => {})
    const endpoint = unevaluated(serverId)
    if (endpoint === null || over.aborted) break
    // It was read beyond the last of these answers.
    if (without >= answersWithout && readings > readingsThen) {
      own.abort()
      await reading
      return false
    }
    if (endpoint.answeredAt === answeredAt) continue
    answeredAt = endpoint.answeredAt
    // The first answer since it is read may be older than that.
    if (readings === 0 || ++answers === 1) continue
    const found = listed(serverId, path)
    if (found === null) break
    if (found.ownByRtsp > 0) {
      own.abort()
      await reading
      return true
    }
    without = found.readersByRtsp > 0 ? 0 : without + 1
    readingsThen = readings
  }
  own.abort()
  await reading
  return null
}
