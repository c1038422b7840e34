import { lookup } from 'node:dns/promises'
import { connect, isIP, type Socket } from 'node:net'
import { failureToServerError } from '../http/serverFailure.ts'
import type { DoorAddress } from './doors.ts'
import { failedWith, passed, type StepResult } from './stepRun.ts'

/** Rejects as soon as the signal aborts, with its reason. The work may go on; its result is ignored. */
export function orAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(signal.reason)
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

const mostAddresses = 8

/** Resolves a host name with the resolver of the system, as for all connections. */
export async function resolveName(host: string, signal: AbortSignal): Promise<StepResult> {
  if (isIP(host) !== 0) return passed({ kind: 'isAddress' })
  try {
    const found = await orAbort(lookup(host, { all: true, verbatim: true }), signal)
    const addresses = [...new Set(found.map(({ address }) => address))].slice(0, mostAddresses)
    return passed({ kind: 'resolved', addresses })
  } catch (error) {
    if (signal.aborted) throw signal.reason
    return failedWith(failureToServerError(error, { dialling: true, answering: false, receivedBytes: 0 }))
  }
}

/** Opens a TCP connection; the caller must close it. Rejects with a system error, or the signal's reason. */
export function openConnection({ host, port }: Pick<DoorAddress, 'host' | 'port'>, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const socket = connect({ host, port })
    const leave = () => {
      signal.removeEventListener('abort', onAbort)
      socket.off('error', onError)
      // A late error of an abandoned socket must not be thrown.
      socket.on('error', () => {})
    }
    const onAbort = () => {
      leave()
      socket.destroy()
      reject(signal.reason)
    }
    const onError = (error: Error) => {
      leave()
      socket.destroy()
      reject(error)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    socket.once('error', onError)
    socket.once('connect', () => {
      leave()
      resolve(socket)
    })
  })
}

/** Opens and closes a TCP connection to a port. */
export async function checkPort(address: DoorAddress, signal: AbortSignal): Promise<StepResult> {
  try {
    const socket = await openConnection(address, signal)
    socket.destroy()
    return passed({ kind: 'connected' })
  } catch (error) {
    return failedWith(failureToServerError(error, { dialling: true, answering: false, receivedBytes: 0 }))
  }
}
