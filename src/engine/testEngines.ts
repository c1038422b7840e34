import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as realTime, setImmediate as turn } from 'node:timers/promises'
import { createRouterClient, type RouterClient } from '@orpc/server'
import { createTestClock, type TestClock } from '../clock/testClock.ts'
import { soleOperator } from '../shared/permissions.ts'
import type { Result } from '../shared/result.ts'
import { createEngine, type Engine, type EngineOptions, type EngineStartError } from './createEngine.ts'
import type { EngineRouter } from './createRouter.ts'
import type { EnginePorts, Log, SecretsKey } from './ports.ts'

/** The key that engines of tests keep secrets with. */
export const testSecretsKey: SecretsKey = { protection: 'file', kept: { kind: 'keyFile', file: 'secrets.key' }, key: new Uint8Array(32).fill(3) }

/** Whole engines for one test: in virtual time, in a folder that goes with them. */
export interface TestEngines {
  readonly clock: TestClock
  readonly folder: string
  /** What the test starts beside them; ends after them. */
  readonly open: AsyncDisposableStack
  /** What they logged as errors. */
  readonly bugs: readonly unknown[]
  /** Everything that they logged, as text. */
  readonly logged: readonly string[]
  /** `dataDir` is `data` in the folder. */
  readonly create: (options?: EngineOptions, ports?: Partial<EnginePorts>) => Promise<Result<Engine, EngineStartError>>
  /** The same, where it must start. */
  readonly start: (options?: EngineOptions, ports?: Partial<EnginePorts>) => Promise<{ readonly engine: Engine; readonly client: RouterClient<EngineRouter> }>
  /** Ends one that was started, or all of them. */
  readonly stop: (engine?: Engine) => Promise<void>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/**
 * `patienceMs`: time goes on when nothing of the engines is in flight; what waits for the clock itself (a server that is slow on
 * purpose) is not waited for longer than this, in real time.
 */
export async function createTestEngines(startAt: number, patienceMs = 250): Promise<TestEngines> {
  const folder = await mkdtemp(join(tmpdir(), 'mtxdeck-engine-'))
  const open = new AsyncDisposableStack()
  open.defer(() => rm(folder, { recursive: true, force: true }))
  const bugs: unknown[] = []
  const logged: string[] = []
  const note = (facts: object, text: string) => void logged.push(text, JSON.stringify(facts))
  const log: Log = {
    debug: note,
    info: note,
    warn: note,
    error: (facts, text) => {
      note(facts, text)
      bugs.push({ text, facts })
    },
    child: () => log,
  }
  const running = new Set<Engine>()
  const clock = createTestClock(startAt, async () => {
    for (let i = 0; i < 3; i++) await turn()
    await Promise.race([Promise.all([...running].map((engine) => engine.settled())), realTime(patienceMs, undefined, { ref: false })])
    for (let i = 0; i < 3; i++) await turn()
  })
  const create: TestEngines['create'] = (options, ports) =>
    createEngine(
      {
        clock,
        log,
        dataDir: join(folder, 'data'),
        version: '0.0.0',
        storeWorker: new URL('history/storeWorker.ts', import.meta.url),
        secretsKey: async () => testSecretsKey,
        ...ports,
      },
      { hasNetwork: () => true, ...options },
    )
  const stop = async (engine?: Engine): Promise<void> => {
    for (const one of engine ? [engine] : [...running]) {
      running.delete(one)
      await one[Symbol.asyncDispose]()
    }
  }
  return {
    clock,
    folder,
    open,
    bugs,
    logged,
    create,
    start: async (options, ports) => {
      const created = await create(options, ports)
      if (!created.ok) throw new Error(created.error.words)
      running.add(created.value)
      return { engine: created.value, client: createRouterClient(created.value.router, { context: { operator: soleOperator, language: 'en' } }) }
    },
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop()
      await open.disposeAsync()
    },
  }
}
