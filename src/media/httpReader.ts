import { Agent, get, type IncomingMessage, type RequestOptions } from 'node:http'
import { get as getSecurely, Agent as SecureAgent } from 'node:https'
import { isIP } from 'node:net'
import type { PlaylistFault } from '../shared/probeTransports.ts'
import { err, ok, type Result } from '../shared/result.ts'
import { checkSourceAddress } from './sourceAddress.ts'

/** A response whose body has not been read. */
export interface Opened {
  readonly response: IncomingMessage
  /** Where it came from, after redirects. */
  readonly url: URL
}

/** Reads beside FFmpeg what belongs to one address over HTTP. */
export interface HttpReader {
  readonly open: (url: URL, signal: AbortSignal) => Promise<Result<Opened, PlaylistFault>>
  /** A whole body, as text. */
  readonly text: (url: URL, mostBytes: number, signal: AbortSignal) => Promise<Result<{ readonly text: string; readonly url: URL }, PlaylistFault>>
  readonly close: () => void
}

const mostRedirects = 5

/**
 * Each address is checked, wherever a redirect or a playlist leads, and connected to where it was checked. User and password of `source` are sent to
 * its own origin only. Like FFmpeg, it does not check certificates.
 */
export function createHttpReader(source: URL, userAgent: string): HttpReader {
  const agents = {
    'http:': new Agent({ keepAlive: true, maxSockets: 4 }),
    'https:': new SecureAgent({ keepAlive: true, maxSockets: 4, rejectUnauthorized: false }),
  }
  const own = credentialsOf(source)

  const request = async (url: URL, signal: AbortSignal): Promise<Result<IncomingMessage, PlaylistFault>> => {
    const { protocol } = url
    if (protocol !== 'http:' && protocol !== 'https:') return err('refusedAddress')
    const checked = await checkSourceAddress(url.href, 'probe')
    if (!checked.ok) return err('refusedAddress')
    const found = checked.value.addresses.map((address) => ({ address, family: isIP(address) }))
    const [first] = found
    if (first === undefined) return err('unreachable')
    if (signal.aborted) return err('timedOut')
    const authorization = credentialsOf(url) ?? (url.origin === source.origin ? own : null)
    const options: RequestOptions = {
      agent: agents[protocol],
      signal,
      headers: { 'user-agent': userAgent, accept: '*/*', ...(authorization !== null && { authorization }) },
      // As node:net asks, for all addresses or for one.
      lookup: (_, { all }, answer) => (all ? answer(null, found) : answer(null, first.address, first.family)),
    }
    const plain = new URL(url)
    plain.username = ''
    plain.password = ''
    return await new Promise((resolve) => {
      const asked = (protocol === 'https:' ? getSecurely : get)(plain, options, (response) => resolve(ok(response)))
      asked.once('error', () => resolve(err(signal.aborted ? 'timedOut' : 'unreachable')))
    })
  }
  const open: HttpReader['open'] = async (url, signal) => {
    let at = url
    for (let redirects = 0; redirects <= mostRedirects; redirects++) {
      const answered = await request(at, signal)
      if (!answered.ok) return answered
      const response = answered.value
      const { statusCode = 0, headers } = response
      if (statusCode === 200) return ok({ response, url: at })
      response.on('error', () => {}).destroy()
      if (statusCode < 300 || statusCode >= 400 || headers.location === undefined) return err('status')
      const next = URL.canParse(headers.location, at.href) ? new URL(headers.location, at) : null
      if (next === null) return err('refusedAddress')
      at = next
    }
    return err('redirects')
  }
  return {
    open,
    text: async (url, mostBytes, signal) => {
      const opened = await open(url, signal)
      if (!opened.ok) return opened
      const { response } = opened.value
      const chunks: Buffer[] = []
      let bytes = 0
      try {
        for await (const chunk of response as AsyncIterable<Buffer>) {
          bytes += chunk.length
          if (bytes > mostBytes) return err('tooLarge')
          chunks.push(chunk)
        }
      } catch {
        return err(signal.aborted ? 'timedOut' : 'unreachable')
      }
      return ok({ text: Buffer.concat(chunks).toString(), url: opened.value.url })
    },
    close: () => {
      for (const agent of Object.values(agents)) agent.destroy()
    },
  }
}

const credentialsOf = ({ username, password }: URL): string | null =>
  username === '' && password === '' ? null : `Basic ${Buffer.from(`${decoded(username)}:${decoded(password)}`).toString('base64')}`

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
