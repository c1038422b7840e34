import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import type { Clock, Timer } from '../../clock/clock.ts'
import { failureToServerError } from '../http/serverFailure.ts'
import type { DoorAddress } from './doors.ts'
import { failed, failedWith, passed, type StepResult } from './stepRun.ts'

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

/** SRT version in a listener's response to that request; null: it is no such response. */
export function inductionAnswer(packet: Buffer, socketId: number): number | null {
  if (packet.length < packetBytes || packet.readUInt16BE(0) !== handshakeControl || packet.readUInt32BE(12) !== socketId) return null
  if (packet.readUInt32BE(36) !== induction) return null
  const version = packet.readUInt32BE(16)
  return version === callerVersion || (version === 5 && packet.readUInt16BE(22) === listenerMagic) ? version : null
}

/** Retry interval, as datagrams may be lost, ms. */
const againMs = 1_000

/** Requests a cookie from an SRT listener, repeatedly. No response is a result, too. */
export function requestInduction({ host, port }: DoorAddress, clock: Clock, signal: AbortSignal): Promise<StepResult> {
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
    const onAbort = () => settle(failed({ kind: isStrange ? 'otherProgram' : 'noDatagram' }))
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
      const version = inductionAnswer(packet, socketId)
      if (version === null) isStrange = true
      else settle(passed({ kind: 'srtAnswers', version }))
    })
    const ask = () => {
      socket.send(inductionRequest(socketId))
      timer = clock.setTimeout(ask, againMs)
    }
    // Connected sockets report ICMP errors, such as a closed port.
    socket.connect(port, host, ask)
  })
}
