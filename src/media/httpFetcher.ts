import { Agent, get, type IncomingMessage, type RequestOptions } from 'node:http'
import { get as getSecurely, Agent as SecureAgent } from 'node:https'
import { isIP } from 'node:net'
import { headersThrough } from '../shared/headers.ts'
import type { MediaGate } from '../shared/media.ts'
import type { PlaylistFault } from '../shared/probeReadings.ts'
import { err, ok, type Result } from '../shared/result.ts'
import { basicOf, connectBehind, GatedAgent, portOf, withoutUser } from './connecting.ts'
import { addressesOf, type FoundAddress, reachableOf } from './sourceAddress.ts'

/** A response whose body has not been read. */
export interface Opened {
  readonly body: AsyncIterator<Buffer>
  /** Its URL after redirects. */
  readonly url: URL
}

const mostRedirects = 5

/** A host to which no connection may be made. */
class RefusedHost extends Error {
  readonly fault: PlaylistFault
  constructor(fault: PlaylistFault) {
    super(fault)
    this.fault = fault
  }
}

/**
 * HTTP requests for the parallel measurements of one probed address.
 * Every host is checked when it is connected to, wherever a redirect or a playlist leads. User and password of the probed address are sent to its
 * own origin only, and so is what its gate wants. Like FFmpeg, it does not check certificates, except behind a gate.
 */
export function createHttpFetcher(checked: FoundAddress, userAgent: string, gate: MediaGate | null) {
  const probed = new URL(checked.source.url)
  const own = basicOf(probed)
  const kept = { keepAlive: true, maxSockets: 4, maxFreeSockets: 4 }
  const agents = { 'http:': new Agent(kept), 'https:': new SecureAgent({ ...kept, rejectUnauthorized: false }) }
  const gated =
    gate &&
    new GatedAgent(kept, async () => {
      const { host } = checked.source
      const looked = await addressesOf(host)
      const reachable = looked.ok ? reachableOf(checked, host, looked.value) : null
      if (reachable === null) throw new RefusedHost('refusedAddress')
      return await connectBehind(gate, host, reachable, portOf(probed))
    })

  const lookup: NonNullable<RequestOptions['lookup']> = (host, { all }, answer) => {
    void addressesOf(host).then((looked) => {
      const reachable = looked.ok ? reachableOf(checked, host, looked.value) : []
      const fault = !looked.ok ? 'refusedAddress' : reachable === null ? 'leadsInside' : null
      const found = (reachable ?? []).map((address) => ({ address, family: isIP(address) }))
      const [first] = found
      if (fault !== null || first === undefined) answer(new RefusedHost(fault ?? 'unreachable'), [])
      else if (all) answer(null, found)
      else answer(null, first.address, first.family)
    })
  }
  const request = async (url: URL, signal: AbortSignal): Promise<Result<IncomingMessage, PlaylistFault>> => {
    const { protocol } = url
    if (protocol !== 'http:' && protocol !== 'https:') return err('refusedAddress')
    const host = url.hostname.replace(/^\[|\]$/g, '')
    // Node does not call `lookup` for IP addresses.
    if (isIP(host) !== 0) {
      const looked = await addressesOf(host)
      if (!looked.ok) return err('refusedAddress')
      if (reachableOf(checked, host, looked.value) === null) return err('leadsInside')
    }
    if (signal.aborted) return err('timedOut')
    const isOwn = url.origin === probed.origin
    const authorization = basicOf(url) ?? (isOwn ? own : null)
    const headers = headersThrough(isOwn ? gate : null, { 'user-agent': userAgent, accept: '*/*', ...(authorization !== null && { authorization }) })
    const agent = protocol === 'https:' && isOwn && gated ? gated : agents[protocol]
    const plain = withoutUser(url)
    return await new Promise((resolve) => {
      const ask = () => {
        const asked = (protocol === 'https:' ? getSecurely : get)(plain, { agent, signal, headers, lookup })
        let hasAnswered = false
        asked.once('response', (response) => {
          hasAnswered = true
          resolve(ok(response))
        })
        asked.on('error', (error: NodeJS.ErrnoException) => {
          // The reader of the body gets this error.
          if (hasAnswered) return
          // The server closed the kept-alive connection just as it was reused.
          if (asked.reusedSocket && error.code === 'ECONNRESET' && !signal.aborted) ask()
          else resolve(err(signal.aborted ? 'timedOut' : error instanceof RefusedHost ? error.fault : 'unreachable'))
        })
      }
      ask()
    })
  }
  return {
    /** Aborting the signal ends the request, and the reading of its body. */
    open: async (url: URL, signal: AbortSignal): Promise<Result<Opened, PlaylistFault>> => {
      let at = url
      for (let redirects = 0; redirects <= mostRedirects; redirects++) {
        const answered = await request(at, signal)
        if (!answered.ok) return answered
        const response = answered.value
        const { statusCode = 0, headers } = response
        if (statusCode === 200) return ok({ body: response[Symbol.asyncIterator](), url: at })
        response.on('error', () => {}).destroy()
        if (statusCode < 300 || statusCode >= 400 || headers.location === undefined) return err('status')
        if (!URL.canParse(headers.location, at.href)) return err('refusedAddress')
        at = new URL(headers.location, at)
      }
      return err('redirects')
    },
    /** Ends all requests. */
    close: () => {
      for (const agent of [...Object.values(agents), gated]) agent?.destroy()
    },
  }
}
export type HttpFetcher = ReturnType<typeof createHttpFetcher>

/** Reads a body to its end; `first` has been read already. */
export async function readWhole(
  body: AsyncIterator<Buffer>,
  mostBytes: number,
  signal: AbortSignal,
  first: readonly Buffer[] = [],
): Promise<Result<string, PlaylistFault>> {
  const chunks = [...first]
  let bytes = chunks.reduce((sum, { length }) => sum + length, 0)
  try {
    for (let next = await body.next(); !next.done; next = await body.next()) {
      chunks.push(next.value)
      bytes += next.value.length
      if (bytes > mostBytes) {
        await body.return?.()
        return err('tooLarge')
      }
    }
  } catch {
    return err(signal.aborted ? 'timedOut' : 'unreachable')
  }
  return ok(Buffer.concat(chunks).toString())
}
