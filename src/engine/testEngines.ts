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

/** What the system or another process has yet to answer. Sockets are not among them: both their ends are in this process. */
const elsewhere: ReadonlySet<string> = new Set(['ProcessWrap', 'FSReqCallback', 'FSReqPromise', 'GetAddrInfoReqWrap'])
const sliceMs = 3
/** Answers over SSH, whose packets wait for one another, come within this. */
const idleMs = 30
const busyMicroseconds = 500
/** Waits until this process, with all its threads, has been idle for a while, though no longer than the limit. */
async function untilIdle(limitMs: number, isOver: () => boolean): Promise<void> {
  let idleSinceMs = 0
  for (let waitedMs = sliceMs; waitedMs <= limitMs && waitedMs - idleSinceMs <= idleMs; waitedMs += sliceMs) {
    const before = process.cpuUsage()
    await realTime(sliceMs, undefined, { ref: false })
    if (isOver()) return
    await turn()
    const { user, system } = process.cpuUsage(before)
    if (user + system >= busyMicroseconds || process.getActiveResourcesInfo().some((name) => elsewhere.has(name))) idleSinceMs = waitedMs
  }
}

/**
 * Time goes on when nothing of the engines is in flight. What waits for the clock itself (a server that is slow on purpose) is
 * left alone once nothing else moves, and in any case after `patienceMs` of real time.
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
    let isSettled = false
    const settled = Promise.all([...running].map((engine) => engine.settled())).then(() => {
      isSettled = true
    })
    await Promise.race([settled, untilIdle(patienceMs, () => isSettled)])
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
