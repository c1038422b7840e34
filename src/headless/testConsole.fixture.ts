import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSystemClock } from '../clock/clock.ts'
import { createEngine } from '../engine/createEngine.ts'
import type { EngineOptions } from '../engine/engineOptions.ts'
import type { Log, MediaPort } from '../engine/ports.ts'
import { soleOperator } from '../shared/permissions.ts'
import { readSecretsKey } from './accessToken.ts'
import { type ConsoleServerOptions, createConsoleServer } from './http.ts'

export type TestConsole = Awaited<ReturnType<typeof startTestConsole>>

/** A console for tests: a real engine in a folder of its own behind the real endpoint, on a free port of loopback. */
export async function startTestConsole(
  options: EngineOptions &
    Partial<Omit<ConsoleServerOptions, 'engine' | 'clock' | 'log' | 'version'>> & {
      /** One that its caller made and removes. */
      readonly dataDir?: string
      /** What makes its pictures; left out: there is no media process. */
      readonly media?: MediaPort
    } = {},
) {
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
      secretsKey: readSecretsKey(dataDir),
      storeWorker: new URL('../engine/history/storeWorker.ts', import.meta.url),
      version: '0.0.0-test',
      ...(options.media !== undefined && { media: options.media }),
    },
    options,
  )
  if (!engine.ok) throw new Error(engine.error.words)
  stack.use(engine.value)
  const token = 'a-token-for-tests-only'
  const usual = { operator: soleOperator, token, listen: { host: '127.0.0.1', port: 0 }, tls: null, publicUrls: [], trustedProxies: [] }
  const rendererDir = join(dataDir, 'renderer')
  const server = await createConsoleServer({ ...usual, rendererDir, ...options, engine: engine.value, clock, log, version: '0.0.0-test' })
  if (!server.ok) throw new Error(server.error)
  stack.use(server.value)
  const { url } = server.value
  const owned = stack.move()
  return {
    engine: engine.value,
    server: server.value,
    url,
    token: options.token ?? token,
    dataDir,
    /** Everything that was logged, as text. */
    logged: () => lines.join('\n'),
    /** Asks with the token. */
    ask: (path: string, init: RequestInit = {}) =>
      fetch(`${url}${path}`, { redirect: 'manual', ...init, headers: { Authorization: `Bearer ${token}`, ...init.headers } }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
