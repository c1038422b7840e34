import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as realTime, setImmediate as turn } from 'node:timers/promises'
import { createRouterClient, type RouterClient } from '@orpc/server'
import { createSystemClock } from '../clock/clock.ts'
import { createTestClock, type TestClock } from '../clock/testClock.ts'
import { refusalText } from '../i18n/refusalText.ts'
import { soleOperator } from '../shared/permissions.ts'
import type { Refusal } from '../shared/refusals.ts'
import type { Result } from '../shared/result.ts'
import { createEngine, type Engine } from './createEngine.ts'
import type { EngineOptions, EngineStartError } from './engineOptions.ts'
import type { EnginePorts, Log, SecretsKey } from './ports.ts'
import type { EngineRouter } from './router.ts'

/** Secrets key of test engines. */
export const testSecretsKey: SecretsKey = { protection: 'file', kept: { kind: 'keyFile', file: 'secrets.key' }, key: new Uint8Array(32).fill(3) }

/** Complete engines for one test: in virtual time, in a folder that is removed with them. */
export interface TestEngines {
  readonly clock: TestClock
  readonly folder: string
  /** Other resources of the test; disposed after the engines. */
  readonly open: AsyncDisposableStack
  /** Everything the engines logged as errors; a test that expects some takes them out. */
  readonly bugs: unknown[]
  /** Everything the engines logged, as text. */
  readonly logged: readonly string[]
  /** `dataDir` is `data` in the folder. */
  readonly create: (options?: EngineOptions, ports?: Partial<EnginePorts>) => Promise<Result<Engine, EngineStartError>>
  /** The same, but throws if the engine does not start. */
  readonly start: (options?: EngineOptions, ports?: Partial<EnginePorts>) => Promise<{ readonly engine: Engine; readonly client: RouterClient<EngineRouter> }>
  /** Stops one started engine, or all of them. */
  readonly stop: (engine?: Engine) => Promise<void>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/** Pending work of the system or another process. Sockets are not included: both their ends are in this process. */
const outsideWork: ReadonlySet<string> = new Set(['ProcessWrap', 'FSReqCallback', 'FSReqPromise', 'GetAddrInfoReqWrap'])
const sliceMs = 3
/** Long enough for an answer over SSH, whose packets wait for one another. */
const defaultIdleMs = 30
const busyMicroseconds = 500
/** A slice that took this long was spent waiting for a processor, as the work of others may be: it says nothing of idleness. */
const starvedMs = 4 * sliceMs
/** A thread that owes an answer is waited for this long, however little it gets done. */
const mostThreadMs = 10_000
const realClock = createSystemClock()
/** Waits until this process and all its threads have been idle for `idleMs`, but no longer than `limitMs` beyond what threads owe. */
async function untilIdle(limitMs: number, idleMs: number, isOver: () => boolean, awaitsThreads: () => boolean): Promise<void> {
  const began = realClock.monotonic()
  let idleSinceMs = 0
  // Most are over before the first slice ends: what the process has used is looked up from then on.
  await realTime(sliceMs, undefined, { ref: false })
  for (let waitedMs = 2 * sliceMs; waitedMs <= limitMs && waitedMs - idleSinceMs <= idleMs && !isOver(); waitedMs += sliceMs) {
    const before = process.cpuUsage()
    const sleptAt = realClock.monotonic()
    await realTime(sliceMs, undefined, { ref: false })
    const wokeAt = realClock.monotonic()
    if (isOver()) return
    await turn()
    const { user, system } = process.cpuUsage(before)
    const isBusy = user + system >= busyMicroseconds || process.getActiveResourcesInfo().some((name) => outsideWork.has(name))
    if (isBusy || wokeAt - sleptAt >= starvedMs) idleSinceMs = waitedMs
    if (awaitsThreads() && wokeAt - began < mostThreadMs) idleSinceMs = waitedMs -= sliceMs
  }
}

/**
 * Virtual time advances when the engines have nothing in flight. Work that itself waits for the clock (a deliberately slow server)
 * is not waited for once everything else is idle for `idleMs`, or after `patienceMs` of real time.
 */
export async function createTestEngines(startAt: number, patienceMs = 250, idleMs = defaultIdleMs): Promise<TestEngines> {
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
  const awaitsThreads = () => [...running].some((engine) => engine.awaitsThreads())
  const clock = createTestClock(startAt, async () => {
    // Until nothing is in flight at the first look: what ended may have begun something else. Each turn asks the system, so an idle moment has but one.
    for (;;) {
      let isSettled = false
      const settled = Promise.all([...running].map((engine) => engine.settled())).then(() => {
        isSettled = true
      })
      await turn()
      if (isSettled) return
      for (let i = 0; i < 3 && !isSettled; i++) await turn()
      if (!isSettled) await Promise.race([settled, untilIdle(patienceMs, idleMs, () => isSettled, awaitsThreads)])
      if (!isSettled) return
    }
  })
  let servers = 0
  const create: TestEngines['create'] = (options, ports) =>
    createEngine(
      {
        clock,
        log,
        dataDir: join(folder, 'data'),
        version: '0.0.0',
        storeWorker: new URL('history/storeWorker.ts', import.meta.url),
        secretsKey: testSecretsKey,
        newServerId: () => `00000000-0000-4000-8000-${String(++servers).padStart(12, '0')}`,
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

/** What a refused call says. */
export function refused(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'done',
    (error: { readonly data: Refusal }) => refusalText(error.data, 'en'),
  )
}

/** What stands in main.db and its log, to look for what must not. `folder` has `data` in it. */
export function bytesOfMain(folder: string): string {
  return ['main.db', 'main.db-wal']
    .map((file) => (file === 'main.db' || existsSync(join(folder, 'data', file)) ? readFileSync(join(folder, 'data', file), 'latin1') : ''))
    .join('')
}
