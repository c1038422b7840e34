import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { connect, type Socket } from 'node:net'
import type { Clock, Timer } from '../../clock/clock.ts'
import { chainOf, speakTls, whenOpen } from '../http/checkTls.ts'
import { failureToServerError } from '../http/serverFailure.ts'
import { answers, type EndpointAddress, failed, failedWith, type Means, passed, type StepResult } from './endpoints.ts'

const mostAddresses = 8
const dayMs = 86_400_000
/** A certificate that expires within so many days is worth a warning. */
const soonDays = 14

/** Rejects as soon as the signal aborts, with its reason. The work may go on; its result is ignored. */
function orAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

/** Resolves a host name with the resolver of the system, as for all connections. */
export async function resolveName(host: string, signal: AbortSignal): Promise<StepResult> {
  try {
    const found = await orAbort(lookup(host, { all: true, verbatim: true }), signal)
    return passed({ kind: 'resolved', addresses: [...new Set(found.map(({ address }) => address))].slice(0, mostAddresses) })
  } catch (error) {
    if (signal.aborted) throw signal.reason
    return failedWith(failureToServerError(error, { dialling: true, answering: false, receivedBytes: 0 }))
  }
}

/** Opens a TCP connection; the caller must close it. Rejects with a system error, or the signal's reason. */
export async function openConnection({ host, port }: Pick<EndpointAddress, 'host' | 'port'>, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted()
  return whenOpen(connect({ host, port }), 'connect', signal)
}

export async function checkPort(address: EndpointAddress, signal: AbortSignal): Promise<StepResult> {
  try {
    const socket = await openConnection(address, signal)
    socket.destroy()
    return answers
  } catch (error) {
    return failedWith(failureToServerError(error, { dialling: true, answering: false, receivedBytes: 0 }))
  }
}

/** The certificate that a listener presents, judged as for polling. */
export async function readCertificate({ clock, fingerprint }: Means, at: EndpointAddress, signal: AbortSignal): Promise<StepResult> {
  try {
    using opened = new DisposableStack()
    const socket = await openConnection(at, signal)
    opened.defer(() => void socket.destroy())
    const secure = await speakTls(socket, at.host, fingerprint, signal)
    opened.defer(() => void secure.destroy())
    const { names, issuer, validTo, error } = chainOf(secure, fingerprint, clock.now())
    if (error !== null) return failedWith(error)
    const days = Math.floor((Date.parse(validTo) - clock.now()) / dayMs)
    const daysLeft = days < soonDays ? days : null
    return { outcome: daysLeft === null ? 'ok' : 'warning', found: { kind: 'certificate', names, issuer, validTo, daysLeft } }
  } catch (error) {
    return failedWith(failureToServerError(error, { dialling: false, answering: false, receivedBytes: 0 }))
  }
}

// Of SRT (draft-sharabayko-srt, section 3.2.1), only the first of the handshake's two exchanges: the caller's induction request,
// which a listener answers with a cookie and without keeping any state. No session begins.
const packetBytes = 64
const handshakeControl = 0x8000
const induction = 1
const callerVersion = 4
const callerExtension = 2
const listenerMagic = 0x4a17

/** The induction request of a caller with this socket id. */
export function inductionRequest(socketId: number): Buffer {
  const packet = Buffer.alloc(packetBytes)
  packet.writeUInt16BE(handshakeControl, 0)
  // 4: additional information, 8: timestamp, 12: id of the other socket; all 0 in the first packet.
  packet.writeUInt32BE(callerVersion, 16)
  packet.writeUInt16BE(callerExtension, 22)
  packet.writeUInt32BE(randomBytes(4).readUInt32BE() & 0x7fffffff, 24)
  packet.writeUInt32BE(1_500, 28)
  packet.writeUInt32BE(8_192, 32)
  packet.writeUInt32BE(induction, 36)
  packet.writeUInt32BE(socketId, 40)
  return packet
}

/** Whether a packet is a listener's response to that request. */
export function isInductionAnswer(packet: Buffer, socketId: number): boolean {
  if (packet.length < packetBytes || packet.readUInt16BE(0) !== handshakeControl || packet.readUInt32BE(12) !== socketId) return false
  const version = packet.readUInt32BE(16)
  return packet.readUInt32BE(36) === induction && (version === callerVersion || (version === 5 && packet.readUInt16BE(22) === listenerMagic))
}

/** Retry interval, as datagrams may be lost, ms. */
const againMs = 1_000

/** Requests a cookie from an SRT listener, repeatedly. No response is a result, too. */
export function requestInduction({ host, port }: EndpointAddress, clock: Clock, signal: AbortSignal): Promise<StepResult> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const socketId = (randomBytes(4).readUInt32BE() & 0x3fffffff) | 1
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
    let timer: Timer | null = null
    let isStrange = false
    const leave = () => {
      signal.removeEventListener('abort', onAbort)
      if (timer !== null) clock.clearTimeout(timer)
      socket.removeAllListeners()
      socket.on('error', () => {})
      socket.close()
    }
    const settle = (found: StepResult) => {
      leave()
      resolve(found)
    }
    // No response until the time limit is a result here.
    const onAbort = () => settle(isStrange ? failed({ kind: 'otherProgram' }) : failedWith({ kind: 'unreachable', reason: 'connectTimeout' }))
    const onError = (error: Error) => {
      try {
        settle(failedWith(failureToServerError(error, { dialling: true, answering: false, receivedBytes: 0 })))
      } catch (bug) {
        leave()
        reject(bug)
      }
    }
    signal.addEventListener('abort', onAbort, { once: true })
    socket.on('error', onError)
    socket.on('message', (packet) => {
      if (isInductionAnswer(packet, socketId)) settle(answers)
      else isStrange = true
    })
    const ask = () => {
      socket.send(inductionRequest(socketId))
      timer = clock.setTimeout(ask, againMs)
    }
    // Connected sockets report ICMP errors, such as a closed port.
    socket.connect(port, host, ask)
  })
}
