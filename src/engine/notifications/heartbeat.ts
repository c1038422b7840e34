import type { Clock } from '../../clock/clock.ts'
import { every } from '../../clock/every.ts'
import type { HeartbeatState } from '../../shared/channels.ts'
import type { SendFailure } from '../../shared/sendFailures.ts'
import type { Log } from '../ports.ts'
import type { HttpDoor } from './httpDoor.ts'

/** A URL that a watcher elsewhere expects to be asked for at this interval; the URL may be a secret. */
export interface HeartbeatInput {
  readonly url: string
  readonly everySeconds: number
  /** The proxy on the way to it, see `proxySchema`; omitted: none. */
  readonly proxy?: string | undefined
}

/** Shows a watcher outside that this console is alive: once it is not asked any more, the watcher raises the alarm. */
export function createHeartbeat({ clock, log, http, signal }: { clock: Clock; log: Log; http: HttpDoor; signal: AbortSignal }) {
  let input: HeartbeatInput | null = null
  let running = new AbortController()
  let busy: Promise<void> | null = null
  let okAt: number | null = null
  let failure: SendFailure | null = null
  const beat = async ({ url, proxy }: HeartbeatInput, of: AbortSignal) => {
    const asked = await http.through(proxy).get(url, of)
    if (asked.ok) okAt = clock.now()
    else if (failure === null) log.warn({ failure: asked.failure }, 'the heartbeat did not reach its watcher')
    failure = asked.ok ? null : asked.failure
  }
  const stop = () => running.abort()
  return {
    configure: (wanted: HeartbeatInput | null): void => {
      if (wanted?.url === input?.url && wanted?.everySeconds === input?.everySeconds && wanted?.proxy === input?.proxy) return
      stop()
      running = new AbortController()
      input = wanted
      okAt = null
      failure = null
      if (wanted === null) return
      const of = AbortSignal.any([signal, running.signal])
      void every(clock)(
        {
          intervalMs: wanted.everySeconds * 1_000,
          timeoutMs: null,
          seed: 'heartbeat',
          signal: of,
          onBug: (error) => log.error({ error }, 'the heartbeat could not be sent'),
        },
        () => {
          busy = beat(wanted, of)
          return busy
        },
      )
    },
    state: (): HeartbeatState | null => input && { origin: new URL(input.url).origin, everySeconds: input.everySeconds, okAt, failure },
    /** Resolves when nothing is on its way. */
    settled: async (): Promise<void> => {
      await busy?.catch(() => undefined)
    },
    stop,
  }
}
