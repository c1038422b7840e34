import { isIP } from 'node:net'
import type { Clock } from '../clock/clock.ts'
import type { MediaError } from '../shared/media.ts'
import { err, ok, type Result } from '../shared/result.ts'
import type { ReachTimes } from './checks.ts'
import { connectionFault, connectTo, unreachable } from './connectTo.ts'
import { checkSourceAddress, type FoundAddress, type SourceAddress } from './sourceAddress.ts'

/** Ports of addresses without one; null: it does not run over TCP. */
const defaultPorts: Record<SourceAddress['scheme'], number | null> = {
  http: 80,
  https: 443,
  rtsp: 554,
  rtsps: 322,
  rtmp: 1935,
  rtmps: 443,
  srt: null,
  whep: 80,
  wheps: 443,
  udp: null,
}

interface Reached {
  readonly found: FoundAddress
  /** Of the host's addresses the one that accepted the connection; null: none was made. */
  readonly address: string | null
  readonly times: ReachTimes
}

/**
 * Checks an address for a probe, and measures what FFmpeg does not say: how long the look-up of its host's name takes, and one TCP
 * connection to it, which is closed at once. A host that is not there costs no thread: FFmpeg would hold one for as long as it waits.
 */
export async function reach(clock: Clock, text: string, signal: AbortSignal): Promise<Result<Reached, MediaError>> {
  const askedAt = clock.monotonic()
  const checked = await checkSourceAddress(text, 'probe')
  if (!checked.ok) return err({ kind: 'refusedAddress', because: checked.error })
  const { source, addresses } = checked.value
  if (addresses.length === 0) return err(unreachable({ kind: 'nameNotFound' }))
  const dnsMs = isIP(source.host) === 0 ? clock.monotonic() - askedAt : null
  const defaultPort = defaultPorts[source.scheme]
  const answers = source.scheme !== 'udp' && source.parameters.mode !== 'listener'
  if (defaultPort === null) return ok({ found: checked.value, address: null, times: { answers, dnsMs, connectMs: null } })
  const connected = await firstToAccept(clock, addresses, Number(new URL(source.url).port) || defaultPort, signal)
  return connected.ok ? ok({ found: checked.value, address: connected.value.address, times: { answers, dnsMs, connectMs: connected.value.tookMs } }) : connected
}

interface Accepted {
  readonly address: string | null
  readonly tookMs: number
}

/** Which of these addresses accepts a connection first, and how long that takes. */
const firstToAccept = (clock: Clock, addresses: readonly string[], port: number, signal: AbortSignal): Promise<Result<Accepted, MediaError>> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve(err({ kind: 'cancelled' }))
    const askedAt = clock.monotonic()
    const socket = connectTo(addresses, port)
    const end = (result: Result<Accepted, MediaError>) => {
      signal.removeEventListener('abort', onAbort)
      socket.destroy()
      resolve(result)
    }
    const onAbort = () => end(err({ kind: 'cancelled' }))
    signal.addEventListener('abort', onAbort, { once: true })
    socket.once('connect', () => end(ok({ address: socket.remoteAddress ?? null, tookMs: clock.monotonic() - askedAt })))
    socket.once('error', (error) => end(err(connectionFault(error))))
  })
