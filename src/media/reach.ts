import { isIP } from 'node:net'
import type { Clock } from '../clock/clock.ts'
import type { MediaError } from '../shared/media.ts'
import { err, ok, type Result } from '../shared/result.ts'
import { connectionFault, connectTo, unreachable } from './connectTo.ts'
import type { ReachTimes } from './looks.ts'
import { checkSourceAddress, type FoundAddress, type SourceAddress } from './sourceAddress.ts'

/** Ports of addresses without one; null: it does not run over TCP. */
const usualPorts: Record<SourceAddress['scheme'], number | null> = {
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

/**
 * Checks an address for a probe, and measures what FFmpeg does not say: how long the look-up of its host's name takes, and one TCP
 * connection to it, which is closed at once. A host that is not there costs no thread: FFmpeg would hold one for as long as it waits.
 */
export async function reach(clock: Clock, text: string, signal: AbortSignal): Promise<Result<{ found: FoundAddress; times: ReachTimes }, MediaError>> {
  const askedAt = clock.monotonic()
  const checked = await checkSourceAddress(text, 'probe')
  if (!checked.ok) return err({ kind: 'refusedAddress', because: checked.error })
  const { source, addresses } = checked.value
  if (addresses.length === 0) return err(unreachable('Name or service not known'))
  const dnsMs = isIP(source.host) === 0 ? clock.monotonic() - askedAt : null
  const usualPort = usualPorts[source.scheme]
  if (usualPort === null) return ok({ found: checked.value, times: { dnsMs, connectMs: null } })
  const connected = await connectTime(clock, addresses, Number(new URL(source.url).port) || usualPort, signal)
  return connected.ok ? ok({ found: checked.value, times: { dnsMs, connectMs: connected.value } }) : connected
}

/** How long it takes until one of these addresses accepts a connection, ms. */
const connectTime = (clock: Clock, addresses: readonly string[], port: number, signal: AbortSignal): Promise<Result<number, MediaError>> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve(err({ kind: 'cancelled' }))
    const askedAt = clock.monotonic()
    const socket = connectTo(addresses, port)
    const end = (result: Result<number, MediaError>) => {
      signal.removeEventListener('abort', onAbort)
      socket.destroy()
      resolve(result)
    }
    const onAbort = () => end(err({ kind: 'cancelled' }))
    signal.addEventListener('abort', onAbort, { once: true })
    socket.once('connect', () => end(ok(clock.monotonic() - askedAt)))
    socket.once('error', (error) => end(err(connectionFault(error))))
  })
