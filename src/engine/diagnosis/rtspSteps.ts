import type { Socket } from 'node:net'
import type { Clock } from '../../clock/clock.ts'
import { hostAndPort } from '../../shared/hostOf.ts'
import { quoted } from '../../shared/quoted.ts'
import { redactText } from '../../shared/redact.ts'
import { chainOf, speakTls } from '../http/lookAtTls.ts'
import { failureToServerError } from '../http/serverFailure.ts'
import { openConnection } from './connections.ts'
import { type DoorAddress, doorAddressOf } from './doors.ts'
import { askRtsp, authorizationFor, mediaOf, NotRtspError, type RtspUser } from './rtspAsking.ts'
import { failed, failedWith, passed, type StepResult } from './stepRun.ts'

export interface RtspMeans {
  readonly clock: Clock
  readonly userAgent: string
  readonly fingerprint: string | null
}

/** Connects, runs `ask` and closes the connection in any case. */
async function withRtsp(
  { fingerprint, clock }: RtspMeans,
  address: DoorAddress,
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

const mostMethods = 20

/** The methods of an RTSP listener. OPTIONS usually needs no password. */
export function askRtspOptions(means: RtspMeans, address: DoorAddress, signal: AbortSignal): Promise<StepResult> {
  return withRtsp(means, address, signal, async (socket) => {
    const scheme = address.encrypted ? 'rtsps' : 'rtsp'
    const question = { method: 'OPTIONS', url: `${scheme}://${hostAndPort(address)}/`, headers: { 'User-Agent': means.userAgent } } as const
    const { status, reason, headers } = await askRtsp(socket, question, 1, signal)
    if (status === 200) {
      const methods = (headers.get('public')?.[0] ?? '').split(',').map((method) => method.trim())
      return passed({ kind: 'rtspAnswers', methods: methods.filter((method) => /^[A-Z_]{1,20}$/.test(method)).slice(0, mostMethods) })
    }
    // Some servers require a password even for OPTIONS; a response is enough here.
    if (status === 401) return passed({ kind: 'rtspAnswers', methods: [] })
    return failed({ kind: 'rtspRefused', status, message: quoted(reason) ?? '', credentials: false })
  })
}

/** The media of a stream. `source`: its address, with user and password where they may be sent. */
export async function describeStream(means: RtspMeans, source: string, signal: AbortSignal): Promise<StepResult> {
  const parsed = URL.parse(source)
  const address = doorAddressOf(source)
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
    return failed({ kind: 'rtspRefused', status, message: quoted(redactText(reason)) ?? '', credentials: authorization !== null || hasToken })
  })
}
