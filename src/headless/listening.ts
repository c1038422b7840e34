import { readFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import type { Hono } from 'hono'
import { hostInUrl, type ListenAddress } from '../configuration/listenAddress.ts'
import { err, messageOf, ok, type Result } from '../shared/result.ts'
import type { Admission } from './admission.ts'

/** Files of a certificate and its key, and whether browsers are told to use TLS only; null: no TLS. */
export type TlsFiles = { readonly certFile: string; readonly keyFile: string; readonly hsts: boolean } | null

const mostConnections = 2_000
/** Then a connection is closed. */
const mostRequestsPerSocket = 200
/**
 * A client that sends one request after the other has two open for a moment: it may have read the end of an answer, and send again, before
 * the answer counts as ended here. A third one does not wait for answers, which no browser, proxy or library does by default.
 */
const mostOpenPerSocket = 2
/** The headers hold little more than a cookie and a token; 1 MB of settings takes half a minute over a slow line. */
const requestLimits = {
  maxHeaderSize: 16_384,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 10_000,
  connectionsCheckingInterval: 2_000,
} as const
const handshakeLimitMs = 10_000

/** A server of Node with our limits. It does not listen yet. */
export function openEndpoint(
  app: Pick<Hono<{ Bindings: HttpBindings }>, 'fetch'>,
  tls: TlsFiles,
  admission: Pick<Admission, 'opened'>,
): Result<Server, string> {
  const answer = getRequestListener((request, env) => app.fetch(request, env), { overrideGlobalObjects: false })
  const openOf = new WeakMap<Socket, number>()
  const count = (socket: Socket, change: 1 | -1): number => {
    const open = (openOf.get(socket) ?? 0) + change
    openOf.set(socket, open)
    return open
  }
  const listener: RequestListener = (request, response) => {
    const { socket } = request
    if (count(socket, 1) > mostOpenPerSocket) return void socket.destroy()
    response.once('close', () => count(socket, -1))
    return answer(request, response)
  }
  let server: Server
  try {
    server = tls
      ? createTlsServer(
          { ...requestLimits, cert: readFileSync(tls.certFile), key: readFileSync(tls.keyFile), minVersion: 'TLSv1.2', handshakeTimeout: handshakeLimitMs },
          listener,
        )
      : createServer(requestLimits, listener)
  } catch (error) {
    return err(`Can't use the certificate or its key (tls in the configuration): ${messageOf(error)}`)
  }
  server.on('connection', admission.opened)
  server.maxConnections = mostConnections
  server.maxRequestsPerSocket = mostRequestsPerSocket
  return ok(server)
}

/** Begins to listen. The port, or why it can't; `option` is what chooses another address. */
export function listenAt(server: Server, listen: ListenAddress, option: '--listen' | '--metrics-listen'): Promise<Result<number, string>> {
  return new Promise((resolve) => {
    server.once('error', (error) => resolve(err(listenFailure(error, listen, option))))
    server.listen({ port: listen.port, ...(listen.host !== '' && { host: listen.host }) }, () => resolve(ok((server.address() as AddressInfo).port)))
  })
}

/** Closes a server with all of its connections. */
export function endServer(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}

/** For a browser on this machine. */
export function urlOf({ host }: ListenAddress, port: number, tls: TlsFiles): string {
  const shownHost = host === '' || host === '0.0.0.0' || host === '::' ? 'localhost' : host
  return `${tls === null ? 'http' : 'https'}://${hostInUrl(shownHost)}:${port}`
}

function listenFailure(error: Error, { host, port }: ListenAddress, option: string): string {
  const code = 'code' in error ? error.code : ''
  const at = `${host === '' ? 'all addresses' : hostInUrl(host)}:${port}`
  if (code === 'EADDRINUSE') return `Port ${port} is taken: another mtxdeck or another program listens at ${at}. Choose another with ${option}.`
  if (code === 'EACCES') return `This user may not listen at ${at}: choose a port above 1023 with ${option}.`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return `This machine has no address ${host}. Choose another with ${option}.`
  return `Can't listen at ${at}: ${error.message}`
}
