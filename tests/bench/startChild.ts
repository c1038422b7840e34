// The engine over a data folder that holds much: says when it answered first with live streams, and ends.
import { createRouterClient } from '@orpc/server'
import { createSystemClock } from '../../src/clock/clock.ts'
import { createEngine } from '../../src/engine/createEngine.ts'
import { soleOperator } from '../../src/shared/permissions.ts'
import type { ServerInput } from '../../src/shared/servers.ts'
import { benchLog } from './benchStore.ts'

export interface StartTimes {
  /** Milliseconds from the start of the process. */
  readonly created: number
  readonly summary: number
  readonly live: number
  readonly streams: number
}

process.once('message', async ({ dataDir, servers }: { readonly dataDir: string; readonly servers: readonly ServerInput[] }) => {
  const engine = await createEngine(
    {
      clock: createSystemClock(),
      log: benchLog,
      dataDir,
      version: '0.0.0-bench',
      storeWorker: new URL('../../src/engine/history/storeWorker.ts', import.meta.url),
      secretsKey: { protection: 'file', kept: { kind: 'keyFile', file: 'bench' }, key: new Uint8Array(32) },
    },
    { servers, hasNetwork: () => true },
  )
  if (!engine.ok) throw new Error(engine.error.words)
  const created = performance.now()
  const client = createRouterClient(engine.value.router, { context: { operator: soleOperator } })
  let summary: number | null = null
  let live = 0
  while (live === 0) {
    live = (await client.fleet.summary()).totals.live ?? 0
    summary ??= performance.now()
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  const times: StartTimes = { created, summary: summary as number, live: performance.now(), streams: live }
  process.send?.(times)
  await engine.value[Symbol.asyncDispose]()
  process.disconnect()
})
