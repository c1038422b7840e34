import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSystemClock } from '../../src/clock/clock.ts'
import { createDemoFleet, type DemoFleet } from '../../src/demo/demoFleet.fixture.ts'
import type { MediaPort } from '../../src/engine/ports.ts'
import { startTestConsole, type TestConsole } from '../../src/headless/testConsole.fixture.ts'
import type { Alarm } from '../../src/shared/alarms.ts'
import { mostAlarmsSent } from '../../src/shared/fleet.ts'
import { type Probe, probeInputSchema } from '../../src/shared/probes.ts'
import { type Server, serverInputSchema } from '../../src/shared/servers.ts'
import { until } from './openDialog.ts'
import { type ConsoleWindow, openWindow } from './openWindow.ts'

/** Worse alarms than the window is sent, and beyond them one of a server, one of a host and one of a probe. */
const slates = mostAlarmsSent + 5
/** Nothing can be read. */
const media: MediaPort = {
  snapshot: async () => ({ ok: false, error: { kind: 'unavailable', because: 'noProcess' } }),
  tools: async () => ({ ok: false, error: { kind: 'unavailable', because: 'noProcess' } }),
  probe: async () => ({ kind: 'unreachable', doing: 'opening', said: 'Connection refused' }),
}
let demo: DemoFleet
let deck: TestConsole
let window: ConsoleWindow
const ask = async <T>(path: string) => (await (await deck.ask(`/api/${path}`)).json()) as T

beforeAll(async () => {
  demo = await createDemoFleet({
    clock: createSystemClock(),
    seed: 'many alarms',
    servers: [{ name: 'slates', paths: Array.from({ length: slates }, (_, n) => ({ name: `slate-${n}`, mode: 'alwaysAvailable' as const, live: false })) }],
  })
  // Nobody answers there.
  const nowhere = serverInputSchema.parse({ name: 'nowhere', url: 'http://127.0.0.1:9', auth: { kind: 'none' } })
  deck = await startTestConsole({
    media,
    probes: [probeInputSchema.parse({ name: 'belfry', url: 'rtsp://127.0.0.1:9/belfry', retries: 0 })],
    servers: [...demo.yamlServers(), nowhere],
    rules: [
      { id: 'serverDown', severity: 'warning' },
      { id: 'hostDown', severity: 'warning', onDelaySeconds: 0 },
      { id: 'probeDown', severity: 'warning', onDelaySeconds: 0 },
    ],
  })
  const serverId = (await ask<readonly Server[]>('servers')).find(({ name }) => name === 'nowhere')?.id
  const host = { name: 'basement', ssh: 'noc@127.0.0.1:9', auth: { kind: 'password', password: 'x' }, serverId }
  const added = await deck.ask('/api/hosts', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(host) })
  expect(added.status, await added.clone().text()).toBe(201)
  await until(
    () => ask<readonly Alarm[]>('alarms'),
    (alarms) => expect(alarms).toHaveLength(slates + 3),
  )
  window = await openWindow(deck.engine)
})
afterAll(async () => {
  await window.close()
  await deck[Symbol.asyncDispose]()
  await demo[Symbol.asyncDispose]()
})
const says = (...texts: readonly string[]) =>
  until(window.text, (said) => {
    for (const text of texts) expect(said).toContain(text)
  })

test('the list says how many alarms it lacks', async () => {
  window.go('/alarms')
  await says(`The worst ${mostAlarmsSent} of ${slates + 3} alarms are listed`)
})

test('a server has the mark of its alarm, and its page lists it and that of its host', async () => {
  const server = (await ask<readonly Server[]>('servers')).find(({ name }) => name === 'nowhere')
  window.go('/servers')
  await until(
    () => Array.from(window.document.querySelectorAll('#page tr, #page li'), (row) => row).find((row) => row.textContent?.includes('nowhere'))?.innerHTML,
    (row) => expect(row).toMatch(/warning/),
  )
  window.go(`/servers/${server?.id}`)
  await says('nowhere', 'basement')
  await until(
    () => Array.from(window.document.querySelectorAll('#page li'), ({ textContent }) => textContent).filter((text) => text?.startsWith('basement')),
    (rows) => expect(rows).toHaveLength(1),
  )
})

test('the details of a probe list its alarm', async () => {
  const probe = (await ask<readonly Probe[]>('probes')).find(({ name }) => name === 'belfry')
  window.go(`/probes?id=${probe?.id}`)
  await until(
    () =>
      Array.from(window.document.querySelectorAll('#page li'), ({ textContent }) => textContent ?? '').filter((text) => text.includes('Connection refused')),
    (rows) => expect(rows).toHaveLength(1),
  )
})
