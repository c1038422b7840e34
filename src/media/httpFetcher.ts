import { Agent, get, type IncomingMessage } from 'node:http'
import { get as getSecurely, Agent as SecureAgent } from 'node:https'
import { isIP } from 'node:net'
import { headersThrough } from '../shared/headers.ts'
import type { MediaGate } from '../shared/media.ts'
import type { PlaylistFault } from '../shared/probeReadings.ts'
import { err, ok, type Result } from '../shared/result.ts'
import { basicOf, checkedLookup, connectBehind, connectOptions, GatedAgent, portOf, RefusedHost, reachableAt, withoutUser } from './connecting.ts'
import type { FoundAddress } from './sourceAddress.ts'

export interface Opened {
  readonly body: AsyncIterator<Buffer>
  /** Its URL after redirects. */
  readonly url: URL
}

const mostRedirects = 5

/** Why a host could not be connected to. */
const faultOf = (error: Error): PlaylistFault =>
  !(error instanceof RefusedHost) ? 'unreachable' : error.because === 'leadsInside' ? 'leadsInside' : 'refusedAddress'

/**
 * HTTP requests for the parallel measurements of one probed address.
 * Every host is checked when it is connected to, wherever a redirect or a playlist leads. User and password of the probed address are sent to its
 * own origin only, and so is what its gate wants. Like FFmpeg, it does not check certificates, except behind a gate.
 */
export function createHttpFetcher(checked: FoundAddress, userAgent: string, gate: MediaGate | null) {
  const probed = new URL(checked.source.url)
  const own = basicOf(probed)
  const kept = { ...connectOptions, keepAlive: true, maxSockets: 4, maxFreeSockets: 4 }
  const agents = { 'http:': new Agent(kept), 'https:': new SecureAgent({ ...kept, rejectUnauthorized: false }) }
  const gated =
    gate && new GatedAgent(kept, async () => connectBehind(gate, checked.source.host, await reachableAt(checked, checked.source.host), portOf(probed)))
  const lookup = checkedLookup(checked)
  const request = async (url: URL, signal: AbortSignal): Promise<Result<IncomingMessage, PlaylistFault>> => {
    const { protocol } = url
    if (protocol !== 'http:' && protocol !== 'https:') return err('refusedAddress')
    const host = url.hostname.replace(/^\[|\]$/g, '')
    // Node does not call `lookup` for IP addresses.
    const refused = isIP(host) === 0 ? null : await reachableAt(checked, host).then(() => null, faultOf)
    if (refused !== null) return err(refused)
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
          else resolve(err(signal.aborted ? 'timedOut' : faultOf(error)))
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
