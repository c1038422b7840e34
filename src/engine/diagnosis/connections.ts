import { lookup } from 'node:dns/promises'
import { connect, type Socket } from 'node:net'
import { chainOf, speakTls } from '../http/checkTls.ts'
import { failureToServerError } from '../http/serverFailure.ts'
import type { EndpointAddress } from './endpoints.ts'
import { answers, failedWith, passed, type StepResult } from './stepRun.ts'
import type { Means } from './webSteps.ts'

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
export function openConnection({ host, port }: Pick<EndpointAddress, 'host' | 'port'>, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const socket = connect({ host, port })
    const leave = () => {
      signal.removeEventListener('abort', onAbort)
      socket.off('error', fail)
      // A late error of an abandoned socket must not be thrown.
      socket.on('error', () => {})
    }
    const fail = (error: unknown) => {
      leave()
      socket.destroy()
      reject(error)
    }
    const onAbort = () => fail(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    socket.once('error', fail)
    socket.once('connect', () => {
      leave()
      resolve(socket)
    })
  })
}

/** Opens and closes a TCP connection to a port. */
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
