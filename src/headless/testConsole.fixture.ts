import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSystemClock } from '../clock/clock.ts'
import { createEngine, type Engine } from '../engine/createEngine.ts'
import type { EngineOptions } from '../engine/engineOptions.ts'
import type { Log, MediaPort } from '../engine/ports.ts'
import { soleOperator } from '../shared/permissions.ts'
import { readSecretsKey } from './accessToken.ts'
import { type ConsoleServer, type ConsoleServerOptions, createConsoleServer } from './http.ts'

/** A console for tests: a real engine in a folder of its own behind the real endpoint, on a free port of loopback. */
export interface TestConsole {
  readonly engine: Engine
  readonly server: ConsoleServer
  readonly url: string
  readonly token: string
  readonly dataDir: string
  /** Everything that was logged, as text. */
  readonly logged: () => string
  /** Asks with the token. */
  readonly ask: (path: string, init?: RequestInit) => Promise<Response>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

export async function startTestConsole(
  options: EngineOptions &
    Partial<
      Pick<
        ConsoleServerOptions,
        | 'tls'
        | 'publicOrigins'
        | 'webrtcOrigins'
        | 'trustedProxies'
        | 'plainHttp'
        | 'rendererDir'
        | 'listen'
        | 'metricsListen'
        | 'token'
        | 'metricsToken'
        | 'operator'
      >
    > & {
      /** One that its caller made and removes. */
      readonly dataDir?: string
      /** What makes its pictures; left out: there is no media process. */
      readonly media?: MediaPort
    } = {},
): Promise<TestConsole> {
  await using stack = new AsyncDisposableStack()
  const clock = createSystemClock()
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'mtxdeck-console-'))
  if (options.dataDir === undefined) stack.defer(() => rmSync(dataDir, { recursive: true, force: true }))
  const lines: string[] = []
  const write = (facts: object, text: string) =>
    void lines.push(`${JSON.stringify(facts, (_, value: unknown) => (value instanceof Error ? value.stack : value))} ${text}`)
  const log: Log = { debug: write, info: write, warn: write, error: write, child: () => log }
  const engine = await createEngine(
    {
      clock,
      log,
      dataDir,
      secretsKey: async () => readSecretsKey(dataDir),
      storeWorker: new URL('../engine/history/storeWorker.ts', import.meta.url),
      version: '0.0.0-test',
      ...(options.media !== undefined && { media: options.media }),
    },
    options,
  )
  if (!engine.ok) throw new Error(engine.error.words)
  stack.use(engine.value)
  const token = options.token ?? 'a-token-for-tests-only'
  const server = await createConsoleServer({
    operator: options.operator ?? soleOperator,
    engine: engine.value,
    clock,
    log,
    version: '0.0.0-test',
    token,
    ...(options.metricsToken !== undefined && { metricsToken: options.metricsToken }),
    listen: options.listen ?? { host: '127.0.0.1', port: 0 },
    ...(options.metricsListen !== undefined && { metricsListen: options.metricsListen }),
    tls: options.tls ?? null,
    publicOrigins: options.publicOrigins ?? [],
    ...(options.webrtcOrigins && { webrtcOrigins: options.webrtcOrigins }),
    trustedProxies: options.trustedProxies ?? [],
    ...(options.plainHttp !== undefined && { plainHttp: options.plainHttp }),
    rendererDir: options.rendererDir ?? join(dataDir, 'renderer'),
  })
  if (!server.ok) throw new Error(server.error)
  stack.use(server.value)
  const { url } = server.value
  const owned = stack.move()
  return {
    engine: engine.value,
    server: server.value,
    url,
    token,
    dataDir,
    logged: () => lines.join('\n'),
    ask: (path, init = {}) => fetch(`${url}${path}`, { redirect: 'manual', ...init, headers: { Authorization: `Bearer ${token}`, ...init.headers } }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
