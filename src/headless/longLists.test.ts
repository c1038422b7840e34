import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createSystemClock } from '../clock/clock.ts'
import { createDemoFleet, type DemoFleet } from '../demo/demoFleet.fixture.ts'
import { type FleetChanges, type FleetSummary, mostAlarmsSent, type TroubleReport } from '../shared/fleet.ts'
import { unknownTotals } from '../shared/servers.ts'
import type { StreamReport } from '../shared/streams.ts'
import type { AlertReport, StreamsReport } from './monitoring.ts'
import { startTestConsole, type TestConsole } from './testConsole.fixture.ts'

const slates = 878
let fleet: DemoFleet
let deck: TestConsole
beforeAll(async () => {
  fleet = await createDemoFleet({
    clock: createSystemClock(),
    seed: 'long lists',
    servers: [{ name: 'slates', paths: Array.from({ length: slates }, (_, n) => ({ name: `slate-${n}`, mode: 'alwaysAvailable' as const, live: false })) }],
  })
  const nowhere = { ...(fleet.yamlServers()[0] as ReturnType<DemoFleet['yamlServers']>[number]), name: 'nowhere', url: 'http://127.0.0.1:9' }
  deck = await startTestConsole({ servers: [...fleet.yamlServers(), nowhere], rules: [{ id: 'serverDown', severity: 'warning' }] })
  await vi.waitFor(async () => expect(await (await deck.ask('/api/fleet')).json()).toMatchObject({ troubles: slates + 1, serversUp: 1 }), {
    timeout: 60_000,
    interval: 200,
  })
})
afterAll(async () => {
  await deck[Symbol.asyncDispose]()
  await fleet[Symbol.asyncDispose]()
})

async function list<T>(path: string) {
  const answer = await deck.ask(path)
  expect(answer.status).toBe(200)
  return { items: (await answer.json()) as T[], total: answer.headers.get('x-total-count'), shown: answer.headers.get('x-shown-count') }
}

describe('what is wrong now', () => {
  test('is listed whole, worst first, and says how much it is', async () => {
    const troubles = await list<TroubleReport>('/api/troubles')
    expect(troubles.items.map(({ kind }) => kind)).toEqual([...Array(slates).fill('slateOnAir'), 'serverDown'])
    expect([troubles.total, troubles.shown]).toEqual(['879', '879'])
    expect(new Set(troubles.items.map(({ id }) => id)).size).toBe(slates + 1)
    const alerts = await list<AlertReport>('/api/monitoring/alerts')
    expect([alerts.items.length, alerts.total, alerts.shown]).toEqual([slates + 1, '879', '879'])
    const { alerts: among } = (await (await deck.ask('/api/monitoring/data')).json()) as { readonly alerts: readonly AlertReport[] }
    expect(among).toHaveLength(slates + 1)
  })

  test('comes in pages for whoever asks for them, through each door', async () => {
    const { items: all } = await list<TroubleReport>('/api/troubles')
    const first = await list<TroubleReport>('/api/troubles?limit=500')
    const second = await list<TroubleReport>('/api/troubles?limit=500&offset=500')
    expect([first.total, first.shown, second.total, second.shown]).toEqual(['879', '500', '879', '379'])
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(all.map(({ id }) => id))
    expect(await list('/api/troubles?offset=2000')).toEqual({ items: [], total: '879', shown: '0' })
    expect((await list<AlertReport>('/api/monitoring/alerts?offset=878')).items).toEqual([expect.objectContaining({ server: 'nowhere' })])
    expect((await deck.ask('/api/troubles?limit=none')).status).toBe(400)
  })

  test('of a server itself comes with it, also where more alarms are worse than are sent', async () => {
    for (const endpoint of ['changes', `past?at=${Date.now()}`]) {
      const { alarms, servers } = (await (await deck.ask(`/api/fleet/${endpoint}`)).json()) as FleetChanges
      expect(alarms?.map(({ kind }) => kind)).toEqual(Array(mostAlarmsSent).fill('slateOnAir'))
      expect(Object.fromEntries(servers.map(({ name, severity = null }) => [name, severity]))).toEqual({ slates: null, nowhere: 'warning' })
    }
  })

  test('was so at a moment of the past, or is refused where nothing of it is kept', async () => {
    const { items: all } = await list<TroubleReport>('/api/troubles')
    const then = await list<TroubleReport>(`/api/troubles?at=${Date.now()}&limit=500`)
    expect([then.total, then.shown]).toEqual(['879', '500'])
    expect(then.items.map(({ id }) => id)).toEqual(all.slice(0, 500).map(({ id }) => id))
    const before = await deck.ask('/api/troubles?at=1000')
    expect([before.status, await before.json()]).toEqual([404, expect.objectContaining({ code: 'NOT_KEPT' })])
    expect((await deck.ask('/api/troubles?at=yesterday')).status).toBe(400)
  })

  test('of all streams was so at a moment of the past, too', async () => {
    const then = await list<StreamReport>(`/api/streams?at=${Date.now()}&state=slate`)
    expect(new Set(then.items.map(({ server, state, severity }) => `${server} ${state} ${severity}`))).toEqual(new Set(['slates slate major']))
    expect(then.items).toHaveLength(slates)
    expect((await list<StreamReport>('/api/streams?at=1000')).items).toEqual([])
    expect((await deck.ask('/api/streams?at=yesterday')).status).toBe(400)
  })
})

test('sums say what they lack', async () => {
  const lack = { complete: false, unknownServers: 1, unknownServerNames: ['nowhere'] }
  expect(await (await deck.ask('/api/fleet')).json()).toMatchObject({ ...lack, servers: 2, totals: { streams: slates, slate: slates } })
  const { summary } = (await (await deck.ask('/api/monitoring/streams')).json()) as StreamsReport
  expect(summary).toMatchObject({ ...lack, total: slates, offline: slates })
})

test('sums of servers that never answered are not known, not 0', async () => {
  const [yaml] = fleet.yamlServers()
  if (!yaml) throw new Error('no server')
  await using alone = await startTestConsole({ servers: [{ ...yaml, name: 'nowhere', url: 'http://127.0.0.1:9' }] })
  const summary = async () => (await (await alone.ask('/api/fleet')).json()) as FleetSummary
  await expect.poll(summary).toMatchObject({ troubles: 1 })
  expect(await summary()).toMatchObject({ complete: false, unknownServers: 1, totals: { streams: null, live: null, gone: null, unknown: null, readers: null } })
  expect(await (await alone.ask('/api/servers')).json()).toMatchObject([{ state: 'down', totals: unknownTotals }])
  expect(await (await alone.ask('/api/troubles')).json()).toMatchObject([{ kind: 'serverDown', streams: null }])
  expect((await (await alone.ask('/api/monitoring/streams')).json()) as StreamsReport).toMatchObject({
    summary: { complete: false, total: null, online: null, offline: null, clients: null },
    streams: [],
  })
})

test('the description of the API tells of pages and of what sums lack', async () => {
  const { paths } = (await (await deck.ask('/api/openapi.json')).json()) as {
    readonly paths: Record<string, { readonly get: { readonly description?: string; readonly parameters?: readonly { readonly name: string }[] } }>
  }
  for (const [path, more] of [
    ['/troubles', ['at']],
    ['/monitoring/alerts', []],
  ] as const) {
    const described = paths[path]?.get ?? paths[`/api${path}`]?.get
    expect(described?.description).toContain('X-Total-Count')
    expect(described?.parameters?.map(({ name }) => name).sort()).toEqual([...more, 'limit', 'offset'])
  }
})

test('a stream names its camera', async () => {
  const [{ id: serverId } = { id: '' }] = (await (await deck.ask('/api/servers')).json()) as readonly { readonly id: string; readonly name: string }[]
  const camera = { name: 'Gate', streams: [{ use: 'main', serverId, path: 'slate-0' }] }
  const made = await deck.ask('/api/cameras', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(camera) })
  expect(made.status).toBe(201)
  const { items } = await list<StreamReport>(`/api/streams?serverId=${serverId}`)
  expect(items.filter(({ name }) => name === 'slate-0' || name === 'slate-1').map(({ camera: of }) => of)).toEqual([
    { id: expect.any(String), name: 'Gate' },
    null,
  ])
})
