import type { Clock } from '../clock/clock.ts'
import type { ListenAddress } from '../configuration/listenAddress.ts'
import type { Engine } from '../engine/createEngine.ts'
import type { Log } from '../engine/ports.ts'
import type { Failure } from '../shared/commands.ts'
import { ok, type Result } from '../shared/result.ts'
import type { Admission } from './admission.ts'
import { createMetricsApp } from './consoleApp.ts'
import { listenAt, openDoor, type TlsFiles, urlOf } from './listening.ts'
import { createOriginGuard, ownNames } from './originGuard.ts'

export interface MetricsServer {
  readonly url: string
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/** The server for Prometheus alone: `/metrics`, for the same tokens as at the console's own address, and nothing else. */
export async function createMetricsServer(options: {
  readonly engine: Pick<Engine, 'exported'>
  readonly clock: Clock
  readonly log: Log
  readonly admission: Admission
  readonly listen: ListenAddress
  readonly tls: TlsFiles
  readonly publicOrigins: readonly string[]
}): Promise<Result<MetricsServer, Failure>> {
  const { engine, clock, log, admission, listen, tls, publicOrigins } = options
  const guard = createOriginGuard({ ownNames: ownNames(listen), publicOrigins: () => publicOrigins })
  const opened = openDoor(createMetricsApp({ exported: engine.exported, clock, log, admission, guard, hsts: tls?.hsts === true }), tls, admission)
  if (!opened.ok) return opened
  const { server } = opened.value
  const listening = await listenAt(server, listen)
  if (!listening.ok) return listening
  server.on('error', (error) => log.error({ error }, 'The metrics server failed'))
  return ok({
    url: urlOf(listen, listening.value, tls),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  })
}
