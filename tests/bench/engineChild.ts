// The engine of a bench in a process of its own: starts on the first message, answers `measure` with what it used since the
// last one, and ends with its parent.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createRouterClient } from '@orpc/server'
import { createSystemClock } from '../../src/clock/clock.ts'
import { createEngine } from '../../src/engine/createEngine.ts'
import type { Log } from '../../src/engine/ports.ts'
import { soleOperator } from '../../src/shared/permissions.ts'
import type { ServerInput } from '../../src/shared/servers.ts'
import { percentile } from './figures.ts'

export interface EngineUse {
  /** Percent of one core since the last call, all threads of the process. */
  readonly cpuPercent: number
  readonly rssMegabytes: number
  /** Longest time the event loop was held, ms. */
  readonly longestHoldMs: number
  /** From the last byte of an answer to its samples being handed on, ms. */
  readonly handledP50Ms: number
  readonly handledP99Ms: number
  readonly rounds: number
  readonly seconds: number
  readonly streams: number
  readonly live: number
  readonly storeBytes: number
  /** Mean interval that polling really used, seconds. */
  readonly intervalSeconds: number
}

/** What the engine's own thread really holds: without what waits to be collected, and without the store's threads. */
export interface LiveMemory {
  readonly heapMegabytes: number
  /** Answers that the next ones are compared with, and memory that is used again. */
  readonly bufferMegabytes: number
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const noLog: Log = {
  debug: () => {},
  info: () => {},
  warn: (facts, text) => console.error(text, facts),
  error: (facts, text) => console.error(text, facts),
  child: () => noLog,
}
const dataDir = mkdtempSync(join(tmpdir(), 'mtxdeck-bench-'))
const handled: number[] = []

process.once('message', async (servers: readonly ServerInput[]) => {
  const engine = await createEngine(
    {
      clock: createSystemClock(),
      log: noLog,
      dataDir,
      version: '0.0.0-bench',
      storeWorker: new URL('../../src/engine/history/storeWorker.ts', import.meta.url),
      secretsKey: { protection: 'file', kept: { kind: 'keyFile', file: 'bench' }, key: new Uint8Array(32) },
    },
    // The interval that was asked for, whatever it costs the server: this is about our own cost.
    { servers, costLimitPercent: Number.POSITIVE_INFINITY, onRoundHandled: (ms) => handled.push(ms), hasNetwork: () => true },
  )
  if (!engine.ok) throw new Error(engine.error.words)
  const client = createRouterClient(engine.value.router, { context: { operator: soleOperator } })
  // On only while it is asked for: it wakes the process 200 times a second, which costs more than a small fleet.
  const delay = monitorEventLoopDelay({ resolution: 5 })
  let cpu = process.cpuUsage()
  let began = performance.now()
  process.on('message', async (message) => {
    if (message === 'watch') return void delay.enable()
    if (message === 'live') {
      collectGarbage()
      const { heapUsed, arrayBuffers } = process.memoryUsage()
      return void process.send?.({ heapMegabytes: heapUsed / 1e6, bufferMegabytes: arrayBuffers / 1e6 } satisfies LiveMemory)
    }
    if (message !== 'measure') return
    const used = process.cpuUsage(cpu)
    const seconds = (performance.now() - began) / 1000
    const { totals } = await client.fleet.summary()
    const store = await client.history.store()
    const rounds = handled.length
    const use: EngineUse = {
      cpuPercent: (used.user + used.system) / 1e4 / seconds,
      rssMegabytes: process.memoryUsage.rss() / 1e6,
      longestHoldMs: delay.max / 1e6,
      handledP50Ms: percentile(handled, 50),
      handledP99Ms: percentile(handled, 99),
      rounds,
      seconds,
      streams: totals.streams ?? 0,
      live: totals.live ?? 0,
      storeBytes: store.bytes,
      intervalSeconds: (servers.length * seconds) / Math.max(1, rounds),
    }
    handled.length = 0
    delay.disable()
    delay.reset()
    cpu = process.cpuUsage()
    began = performance.now()
    process.send?.(use)
  })
  process.on('disconnect', async () => {
    await engine.value[Symbol.asyncDispose]()
    rmSync(dataDir, { recursive: true, force: true })
    process.exit(0)
  })
  process.send?.('started')
})
