import { readFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import type { Hono } from 'hono'
import { hostInUrl, type ListenAddress } from '../configuration/listenAddress.ts'
import type { Failure } from '../shared/commands.ts'
import { messageOf } from '../shared/messageOf.ts'
import { err, ok, type Result } from '../shared/result.ts'
import type { Admission } from './admission.ts'
import { createOneByOne } from './oneByOne.ts'

/** Files of a certificate and its key, and whether browsers are told to use TLS only; null: no TLS. */
export type TlsFiles = { readonly certFile: string; readonly keyFile: string; readonly hsts: boolean } | null

const mostConnections = 2_000
/** The headers hold little more than a cookie and a token; 1 MB of settings takes half a minute over a slow line. */
const requestLimits = {
  maxHeaderSize: 16_384,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 10_000,
  connectionsCheckingInterval: 2_000,
  // We refuse requests without a host ourselves, because Node's own answers are not counted.
  requireHostHeader: false,
} as const
const handshakeLimitMs = 10_000

/** A server of Node with our limits, which passes one request at a time on to `app`. It does not listen yet. */
export function openDoor(app: Pick<Hono<{ Bindings: HttpBindings }>, 'fetch'>, tls: TlsFiles, admission: Pick<Admission, 'opened'>) {
  const oneByOne = createOneByOne()
  const answer = getRequestListener((request, env) => app.fetch(request, env), { overrideGlobalObjects: false })
  const opened = openServer(tls, (request, response) => void (oneByOne.takes(request, response) && answer(request, response)))
  if (!opened.ok) return opened
  const server = opened.value
  server.on('connection', admission.opened)
  server.on(tls === null ? 'connection' : 'secureConnection', oneByOne.opened)
  return ok({ server, upgraded: oneByOne.upgraded })
}

/** Begins to listen. The port, or why it can't. */
export function listenAt(server: Server, listen: ListenAddress): Promise<Result<number, Failure>> {
  return new Promise((resolve) => {
    server.once('error', (error) => resolve(err(listenFailure(error, listen))))
    server.listen({ port: listen.port, ...(listen.host !== '' && { host: listen.host }) }, () => resolve(ok((server.address() as AddressInfo).port)))
  })
}

/** For a browser on this machine. */
export function urlOf({ host }: ListenAddress, port: number, tls: TlsFiles): string {
  const shownHost = host === '' || host === '0.0.0.0' || host === '::' ? 'localhost' : host
  return `${tls === null ? 'http' : 'https'}://${hostInUrl(shownHost)}:${port}`
}

/** Creates Node's server with our limits. */
function openServer(tls: TlsFiles, listener: RequestListener): Result<Server, Failure> {
  let server: Server
  try {
    server = tls
      ? createTlsServer(
          { ...requestLimits, cert: readFileSync(tls.certFile), key: readFileSync(tls.keyFile), minVersion: 'TLSv1.2', handshakeTimeout: handshakeLimitMs },
          listener,
        )
      : createServer(requestLimits, listener)
  } catch (error) {
    return err({ kind: 'certificateUnusable', because: messageOf(error) })
  }
  server.maxConnections = mostConnections
  // Node would answer these by itself, uncounted.
  server.on('checkExpectation', listener)
  return ok(server)
}

function listenFailure(error: Error, { host, port }: ListenAddress): Failure {
  const code = 'code' in error ? error.code : ''
  const at = { host: hostInUrl(host), port }
  if (code === 'EADDRINUSE') return { kind: 'portTaken', ...at }
  if (code === 'EACCES') return { kind: 'portForbidden', ...at }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return { kind: 'noSuchAddress', host }
  return { kind: 'cannotListen', ...at, because: error.message }
}
