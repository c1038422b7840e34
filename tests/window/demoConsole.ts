import { expect } from 'vitest'
import { createSystemClock } from '../../src/clock/clock.ts'
import { createDemoFleet } from '../../src/demo/demoFleet.fixture.ts'
import type { DemoServerOptions } from '../../src/demo/demoOptions.ts'
import type { EngineOptions } from '../../src/engine/engineOptions.ts'
import { startTestConsole, type TestConsole } from '../../src/headless/testConsole.fixture.ts'
import { until } from './openDialog.ts'

/** A console that watches one server of the demo with five streams, one of which is recorded for three hours, and its host; and two probes, which nothing can read here; its cameras were to be checked once. */
export interface DemoConsole extends TestConsole {
  readonly ids: { readonly server: string; readonly host: string; readonly probe: string }
}
export async function startDemoConsole(others: readonly DemoServerOptions[] = [], options: EngineOptions = {}): Promise<DemoConsole> {
  await using stack = new AsyncDisposableStack()
  const paths = Array.from({ length: 5 }, (_, n) => (n === 0 ? { name: 'cam-0', record: true } : { name: `cam-${n}`, liveForMs: 60_000 }))
  const fleet = stack.use(
    await createDemoFleet({ clock: createSystemClock(), seed: 'pages', servers: [{ name: 'berlin', paths, upForMs: 3 * 3_600_000 }, ...others], hosts: true }),
  )
  const deck = stack.use(await startTestConsole({ servers: fleet.yamlServers(), hosts: fleet.yamlHosts(), ...options }))
  const list = async (what: string) => (await (await deck.ask(`/api/${what}`)).json()) as readonly { readonly id: string; readonly name: string }[]
  await until(
    () => list('hosts'),
    (hosts) => expect(hosts).toMatchObject(Array(1 + others.length).fill({ state: 'up' })),
  )
  await until(
    async () => (await deck.ask('/api/fleet')).json(),
    (fleet) => expect(fleet).toMatchObject({ serversUp: 1 + others.length }),
  )
  for (const [name, project] of [
    ['probe-berlin', 'north'],
    ['probe-depot', ''],
  ]) {
    const headers = { 'Content-Type': 'application/json' }
    await deck.ask('/api/probes', { method: 'POST', headers, body: JSON.stringify({ name, project, url: 'rtsp://noc:secret@127.0.0.1:9/cam' }) })
  }
  await deck.ask('/api/daily-checks/run', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' })
  await until(
    () => list('daily-checks'),
    (reports) => expect(reports).toMatchObject([{ state: 'done' }]),
  )
  const idOf = async (what: string, name: string) => (await list(what)).find((one) => one.name === name)?.id ?? ''
  const ids = { server: await idOf('servers', 'berlin'), host: await idOf('hosts', 'srv-berlin'), probe: await idOf('probes', 'probe-berlin') }
  const owned = stack.move()
  return { ...deck, ids, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
