import { createHash } from 'node:crypto'
import type { Socket } from 'node:net'
import { hostAndPort } from '../../shared/endpoints.ts'
import { redactText } from '../../shared/redact.ts'
import { quoted } from '../../shared/visibleText.ts'
import { chainOf, speakTls } from '../http/checkTls.ts'
import { failureToServerError } from '../http/serverFailure.ts'
import { openConnection } from './connections.ts'
import { answers, type EndpointAddress, endpointAddressOf, failed, failedWith, type Means, passed, refused, type StepResult } from './endpoints.ts'

/** An RTSP response (RFC 2326, section 7). */
interface RtspReply {
  readonly status: number
  readonly reason: string
  /** By lower-case name; values in the order of the response. */
  readonly headers: ReadonlyMap<string, readonly string[]>
  readonly body: string
}

/** The response is not RTSP or too long, or the connection was closed before its end. */
class NotRtspError extends Error {
  override readonly name = 'NotRtspError'
}

const longestReply = 64 * 1024
const statusLine = /^RTSP\/1\.\d (\d{3})(?: ([^\r\n]{0,200}))?$/

/** Parses the response at the beginning of the received bytes; null: incomplete. */
export function rtspReplyIn(bytes: Buffer): RtspReply | null {
  const head = bytes.indexOf('\r\n\r\n')
  if (bytes.length > 4 && !bytes.subarray(0, 5).equals(Buffer.from('RTSP/'))) throw new NotRtspError('it does not speak RTSP')
  if (head < 0) return null
  const [first = '', ...lines] = bytes.toString('latin1', 0, head).split('\r\n')
  const match = statusLine.exec(first)
  if (match === null) throw new NotRtspError('it does not speak RTSP')
  const headers = new Map<string, string[]>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (colon <= 0) continue
    const name = line.slice(0, colon).trim().toLowerCase()
    headers.set(name, [...(headers.get(name) ?? []), line.slice(colon + 1).trim()])
  }
  const length = Number(headers.get('content-length')?.[0] ?? 0)
  if (!Number.isInteger(length) || length < 0 || length > longestReply) throw new NotRtspError('its answer is too long')
  const end = head + 4 + length
  if (bytes.length < end) return null
  return { status: Number(match[1]), reason: match[2] ?? '', headers, body: bytes.toString('utf8', head + 4, end) }
}

/** Reads one response. Rejects with `NotRtspError`, a system error, or the signal's reason. */
const readReply = (socket: Socket, signal: AbortSignal): Promise<RtspReply> =>
  new Promise((resolve, reject) => {
    let bytes: Buffer = Buffer.alloc(0)
    const leave = () => {
      signal.removeEventListener('abort', onAbort)
      socket.off('data', onData).off('error', onError).off('close', onClose)
    }
    const fail = (error: unknown) => {
      leave()
      reject(error)
    }
    const onAbort = () => fail(signal.reason)
    const onError = (error: Error) => fail(error)
    const onClose = () => fail(bytes.length === 0 ? Object.assign(new Error('closed'), { code: 'ECONNRESET' }) : new NotRtspError('its answer broke off'))
    const onData = (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk])
      if (bytes.length > 2 * longestReply) return fail(new NotRtspError('its answer is too long'))
      try {
        const whole = rtspReplyIn(bytes)
        if (whole === null) return
        leave()
        resolve(whole)
      } catch (error) {
        fail(error)
      }
    }
    if (signal.aborted) return reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    socket.on('data', onData).on('error', onError).on('close', onClose)
  })

interface RtspQuestion {
  readonly method: 'OPTIONS' | 'DESCRIBE'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Sends one request and reads its response. `number`: its CSeq, one more than that of the previous request. */
async function askRtsp(socket: Socket, { method, url, headers = {} }: RtspQuestion, number: number, signal: AbortSignal): Promise<RtspReply> {
  const lines = Object.entries({ CSeq: String(number), ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  const reply = readReply(socket, signal)
  socket.write(`${method} ${url} RTSP/1.0\r\n${lines.join('')}\r\n`)
  return await reply
}

interface RtspUser {
  readonly user: string
  readonly password: string
}

const parameterIn = (challenge: string, name: string): string | null =>
  new RegExp(`(?:^|[\\s,])${name}=(?:"([^"]*)"|([^\\s,]+))`, 'i')
    .exec(challenge)
    ?.slice(1)
    .find((value) => value !== undefined) ?? null

const hashes: Readonly<Record<string, string>> = { md5: 'md5', 'sha-256': 'sha256' }

/** Authorization for the first supported challenge: Digest as of RFC 2069, which MediaMTX asks for, before Basic, which sends the password in clear text. null: none is supported. */
export function authorizationFor(challenges: readonly string[], { user, password }: RtspUser, { method, url }: RtspQuestion): string | null {
  for (const challenge of challenges) {
    const algorithm = parameterIn(challenge, 'algorithm')
    const hash = hashes[(algorithm ?? 'MD5').toLowerCase()]
    const realm = parameterIn(challenge, 'realm')
    const nonce = parameterIn(challenge, 'nonce')
    if (!/^digest\s/i.test(challenge) || hash === undefined || realm === null || nonce === null) continue
    const hashed = (text: string) => createHash(hash).update(text).digest('hex')
    const ours = hashed(`${user}:${realm}:${password}`)
    const asked = hashed(`${method}:${url}`)
    const response = hashed(`${ours}:${nonce}:${asked}`)
    return `Digest username="${user}", realm="${realm}", nonce="${nonce}", uri="${url}", response="${response}"${algorithm === null ? '' : `, algorithm=${algorithm}`}`
  }
  if (challenges.some((challenge) => /^basic\b/i.test(challenge))) return `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`
  return null
}

const mostMedia = 16
/** Kinds and codecs of the media in an SDP (RFC 8866): `video H264`, `audio MPEG4-GENERIC`. */
export function mediaOf(sdp: string): readonly string[] {
  const media: string[] = []
  let kind: string | null = null
  for (const line of sdp.split(/\r?\n/)) {
    const begins = /^m=([a-z]{1,20}) /.exec(line)
    if (begins) {
      kind = begins[1] ?? ''
      media.push(kind)
    }
    const codec = /^a=rtpmap:\d{1,3} ([A-Za-z0-9._-]{1,40})/.exec(line)?.[1]
    if (kind !== null && codec !== undefined && media.at(-1) === kind) media[media.length - 1] = `${kind} ${codec}`
  }
  return media.slice(0, mostMedia)
}

/** Connects, runs `ask` and closes the connection in any case. */
async function withRtsp(
  { fingerprint, clock }: Means,
  address: EndpointAddress,
  signal: AbortSignal,
  ask: (socket: Socket) => Promise<StepResult>,
): Promise<StepResult> {
  let socket: Socket | null = null
  let isConnected = false
  try {
    socket = await openConnection(address, signal)
    isConnected = true
    if (address.encrypted) {
      const secure = await speakTls(socket, address.host, fingerprint, signal)
      socket = secure
      const { error } = chainOf(secure, fingerprint, clock.now())
      if (error !== null) return failedWith(error)
    }
    return await ask(socket)
  } catch (error) {
    if (error instanceof NotRtspError) return failed({ kind: 'otherProgram' })
    return failedWith(failureToServerError(error, { dialling: !isConnected, answering: false, receivedBytes: 0 }))
  } finally {
    socket?.destroy()
  }
}

/** Whether RTSP is spoken there. OPTIONS usually needs no password; some servers require one even for that, and a response is enough here. */
export function askRtspOptions(means: Means, address: EndpointAddress, signal: AbortSignal): Promise<StepResult> {
  return withRtsp(means, address, signal, async (socket) => {
    const url = `${address.encrypted ? 'rtsps' : 'rtsp'}://${hostAndPort(address)}/`
    const { status, reason } = await askRtsp(socket, { method: 'OPTIONS', url, headers: { 'User-Agent': means.userAgent } }, 1, signal)
    return status === 200 || status === 401 ? answers : refused(status, quoted(reason) ?? '', false)
  })
}

/** The media of a stream. `source`: its address, with user and password where they may be sent. */
export async function describeStream(means: Means, source: string, signal: AbortSignal): Promise<StepResult> {
  const parsed = URL.parse(source)
  const address = endpointAddressOf(source)
  if (parsed === null || address === null) return failed({ kind: 'otherProgram' })
  const user: RtspUser | null = parsed.username === '' ? null : { user: decodeURIComponent(parsed.username), password: decodeURIComponent(parsed.password) }
  parsed.username = ''
  parsed.password = ''
  const url = parsed.href
  return await withRtsp(means, address, signal, async (socket) => {
    const question = { method: 'DESCRIBE', url, headers: { 'User-Agent': means.userAgent, Accept: 'application/sdp' } } as const
    let reply = await askRtsp(socket, question, 1, signal)
    const authorization = reply.status === 401 && user !== null ? authorizationFor(reply.headers.get('www-authenticate') ?? [], user, question) : null
    if (authorization !== null) reply = await askRtsp(socket, { ...question, headers: { ...question.headers, Authorization: authorization } }, 2, signal)
    const { status, reason, body } = reply
    if (status === 200) return passed({ kind: 'described', media: [...mediaOf(body)] })
    const hasToken = /[?&]jwt=/.test(url)
    return refused(status, quoted(redactText(reason)) ?? '', authorization !== null || hasToken)
  })
}
