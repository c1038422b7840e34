import type { Clock } from '../../clock/clock.ts'
import { doublingMs } from '../../clock/doublingMs.ts'
import { hurriedPause } from '../../clock/hurriedPause.ts'
import type { Canary, CanaryError, CanaryReadProtocol } from '../../shared/canaries.ts'
import type { MediaError, MediaGate, PublishProtocol } from '../../shared/media.ts'
import type { Result } from '../../shared/result.ts'
import type { MediaPort } from '../ports.ts'

/** Where a test signal is published or read, with credentials; `withheld`: there are some, and they may not be sent there. */
export type CanarySourceOf = (
  serverId: string,
  protocol: CanaryReadProtocol | PublishProtocol,
  use: 'publish' | 'read',
  path: string,
) => Result<
  {
    readonly url: string
    readonly bearer: string | null
    readonly gate: MediaGate | null
    readonly credentials: 'sent' | 'none' | 'withheld' | 'tooLong'
  },
  'noAddress' | 'credentialsUnfit'
>

/** A test signal, as it is published. */
export interface PublishedCanary {
  readonly serverId: string
  readonly path: string
  readonly publishBy: PublishProtocol
  readonly isPaused: boolean
  state: Canary['state']
  stateSince: number
  error: CanaryError | null
  pictures: number
  skipped: number
  /** Tries again at once. */
  hurry: () => void
}

/** How long it may take until a server takes it, and from one message of the media process to the next, ms. */
const answerMs = 15_000
const firstRetryMs = 1_000
const longestRetryMs = 60_000
/** A server that refuses our credentials is asked ever more rarely: each try is a line in its log, and some lock users out. */
const longestRefusalMs = 3_600_000

interface PublishDeps {
  readonly clock: Clock
  readonly media: Pick<MediaPort, 'publish'> | null
  readonly sourceOf: CanarySourceOf
}

/** Publishes it until the signal aborts, again and again where it breaks off. */
export async function publishOn(deps: PublishDeps, canary: PublishedCanary, signal: AbortSignal): Promise<void> {
  const enter = (state: Canary['state'], error: CanaryError | null) => {
    if (canary.state !== state) canary.stateSince = deps.clock.now()
    canary.state = state
    canary.error = error
  }
  for (let failures = 0; !signal.aborted; ) {
    const error = await publishOnce(deps, canary, signal, (sent) => {
      if (canary.state !== 'publishing') {
        canary.pictures = 0
        canary.skipped = 0
      }
      failures = 0
      canary.pictures += sent.pictures
      canary.skipped += sent.skipped
      enter('publishing', null)
    })
    if (signal.aborted) return
    failures++
    enter('failed', error)
    await hurriedPause(deps.clock, canary, doublingMs(failures, firstRetryMs, error.kind === 'refused' ? longestRefusalMs : longestRetryMs), signal)
  }
}

async function publishOnce(
  { media, sourceOf }: PublishDeps,
  { serverId, publishBy, path }: PublishedCanary,
  signal: AbortSignal,
  onSent: (sent: { readonly pictures: number; readonly skipped: number }) => void,
): Promise<CanaryError> {
  if (media?.publish === undefined) return { kind: 'notPublished', error: { kind: 'unavailable', because: 'noProcess' } }
  const source = sourceOf(serverId, publishBy, 'publish', path)
  if (!source.ok) return { kind: source.error }
  const { credentials, ...to } = source.value
  const error = await media.publish({ ...to, protocol: publishBy, answerMs }, onSent, signal)
  if (isRefusal(error)) return { kind: credentials === 'withheld' ? 'withheld' : 'refused' }
  return { kind: 'notPublished', error }
}

/** By SRT a server that refuses says no more than that; by RTMP some do. */
const isRefusal = ({ kind }: MediaError): boolean => kind === 'unauthorized' || kind === 'refused'
