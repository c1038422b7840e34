import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createSystemClock } from '../clock/clock.ts'
import { createDemoFleet, type DemoFleet } from '../demo/demoFleet.fixture.ts'
import type { DemoPathOptions } from '../demo/demoOptions.ts'
import type { KickResult, PastSessions, SessionGroup, SessionList } from '../shared/sessions.ts'
import { startTestConsole, type TestConsole } from './testConsole.fixture.ts'

const soon = { timeout: 60_000, interval: 100 }

let fleet: DemoFleet
let deck: TestConsole
beforeAll(async () => {
  const paths = (names: readonly string[]): DemoPathOptions[] => names.map((name) => ({ name, source: 'srtConn', readers: ['rtspSession', 'webRTCSession'] }))
  fleet = await createDemoFleet({
    clock: createSystemClock(),
    seed: 'sessions',
    servers: [
      { name: 'Berlin', version: '1.20', paths: paths(['studio/one', 'studio/two', 'yard']) },
      { name: 'Wien', version: '1.3', paths: paths(['studio/one']) },
    ],
  })
  deck = await startTestConsole({ servers: fleet.yamlServers() })
  await vi.waitFor(async () => expect((await list()).total).toBe(12), soon)
})
afterAll(async () => {
  await deck[Symbol.asyncDispose]()
  await fleet[Symbol.asyncDispose]()
})

const list = async (query = ''): Promise<SessionList> => (await (await deck.ask(`/api/sessions?${query}`)).json()) as SessionList
const post = (path: string, body: object) => deck.ask(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
interface Event {
  readonly kind: string
  readonly subject: { readonly serverId: string } | null
  readonly text: string
}
const kicks = async () => ((await (await deck.ask('/api/events')).json()) as Event[]).filter(({ kind }) => kind === 'sessionsKicked')
const namesOf = ({ sessions }: SessionList) => sessions.map(({ server, path, role }) => `${server} ${path} ${role}`).sort()

test('lists publishers and readers of all servers, the newest first, a page at a time', async () => {
  const all = await list()
  expect(all).toMatchObject({ total: 12, publishers: 4, readers: 8, unknown: [], ours: 0 })
  const began = all.sessions.map(({ createdAt }) => createdAt ?? 0)
  expect(began).toEqual([...began].sort((a, b) => b - a))
  const pages = [await list('limit=5'), await list('limit=5&offset=5'), await list('limit=5&offset=10')]
  expect(pages.map(({ sessions }) => sessions.length)).toEqual([5, 5, 2])
  expect(new Set(pages.flatMap(({ sessions }) => sessions.map(({ id }) => id))).size).toBe(12)
})

test('finds sessions by server, path, role, protocol and address, and all of them together', async () => {
  expect(namesOf(await list('server=wien'))).toEqual(['Wien studio/one publisher', 'Wien studio/one reader', 'Wien studio/one reader'])
  expect(namesOf(await list('path=studio/*&role=publisher'))).toEqual([
    'Berlin studio/one publisher',
    'Berlin studio/two publisher',
    'Wien studio/one publisher',
  ])
  expect(namesOf(await list('protocol=SRT&path=yard'))).toEqual(['Berlin yard publisher'])
  const [one] = (await list('path=yard&role=publisher')).sessions
  const host = one?.remoteAddr?.replace(/:\d+$/, '') ?? ''
  for (const asked of [
    `address=${host}`,
    `address=${host}/32`,
    `address=${host.replace(/\.\d+$/, '.0')}/24`,
    `q=${host}`,
    `q=${one?.id.slice(0, 8).toUpperCase()}`,
  ])
    expect((await list(asked)).sessions, asked).toContainEqual(expect.objectContaining({ id: one?.id }))
  expect(await list(`address=${host}&path=studio/*`)).toMatchObject({ total: 0, sessions: [] })
})

test('refuses what is no address, and says so', async () => {
  const answer = await deck.ask('/api/sessions?address=10.1.2')
  expect(answer.status).toBe(400)
  expect(await answer.text()).toContain('address: expected a value such as 10.0.0.1, 10.0.0.0/8')
})

test('groups them by what they have in common, the largest first', async () => {
  const groups = async (query: string) => (await (await deck.ask(`/api/sessions/groups?${query}`)).json()) as { total: number; groups: SessionGroup[] }
  const { groups: byPath } = await groups('by=path')
  expect(byPath.map(({ key, sessions, publishers, readers }) => ({ key, sessions, publishers, readers }))).toEqual([
    { key: 'studio/one', sessions: 6, publishers: 2, readers: 4 },
    { key: 'studio/two', sessions: 3, publishers: 1, readers: 2 },
    { key: 'yard', sessions: 3, publishers: 1, readers: 2 },
  ])
  expect((await groups('by=network')).groups.every(({ key }) => /\.0\/24$/.test(key ?? ''))).toBe(true)
  expect(await groups('by=path&limit=1')).toMatchObject({ total: 3, groups: [{ key: 'studio/one', sessions: 6 }] })
})

test('disconnects a session on the server, keeps who did it and why, and says of one that left that it left', async () => {
  for (const server of ['Berlin', 'Wien']) {
    const [viewer] = (await list(`server=${server}&path=studio/one&role=reader`)).sessions
    const kick = () => post(`/api/sessions/${viewer?.id}/kick`, { reason: 'not allowed to watch' })
    expect(await (await kick()).json()).toMatchObject({ id: viewer?.id, path: 'studio/one', outcome: 'kicked', error: null })
    // Until the next poll the console does not know that it left.
    const again = await kick()
    if (again.status === 200) expect(await again.json()).toMatchObject({ outcome: 'gone' })
    else expect(again.status).toBe(404)
    await vi.waitFor(async () => expect((await list(`q=${viewer?.id}`)).total).toBe(0), soon)
    const event = await vi.waitFor(async () => {
      const found = (await kicks()).find(({ subject }) => subject?.serverId === viewer?.serverId)
      expect(found).toBeDefined()
      return found
    }, soon)
    expect(event).toMatchObject({
      subject: { kind: 'stream', serverId: viewer?.serverId, path: 'studio/one' },
      facts: { by: 'operator', reason: 'not allowed to watch', sessions: 1, role: 'reader', addresses: [viewer?.remoteAddr?.replace(/:\d+$/, '')] },
    })
    expect(event?.text).toContain('operator disconnected 1 session (')
  }
})

test('disconnects many, on several servers, and leaves the others alone', async () => {
  const { sessions } = await list('role=publisher&path=studio/one')
  const unknown = { serverId: sessions[0]?.serverId ?? '', id: 'there-is-none' }
  const results = (await (
    await post('/api/sessions/kick', { sessions: [...sessions.map(({ serverId, id }) => ({ serverId, id })), unknown], reason: 'wrong programme' })
  ).json()) as KickResult[]
  expect(results.map(({ outcome }) => outcome)).toEqual(['kicked', 'kicked', 'gone'])
  await vi.waitFor(async () => {
    const left = (await list('role=publisher')).sessions.map(({ id }) => id)
    for (const { id } of sessions) expect(left).not.toContain(id)
    expect(namesOf(await list('role=publisher&server=Berlin'))).toEqual(expect.arrayContaining(['Berlin studio/two publisher', 'Berlin yard publisher']))
  }, soon)
})

test('wants a reason, and a session that is there', async () => {
  const [one] = (await list()).sessions
  const refused = await post(`/api/sessions/${one?.id}/kick`, { reason: '  ' })
  expect(refused.status).toBe(400)
  expect((await post('/api/sessions/there-is-none/kick', { reason: 'x' })).status).toBe(404)
})

test('says of a server that does not answer that its sessions are not known', async () => {
  fleet.server('Wien').trouble({ kind: 'die' })
  await vi.waitFor(
    async () => {
      const found = await list()
      expect(found.unknown).toMatchObject([{ server: 'Wien' }])
      expect(found.sessions.some(({ server }) => server === 'Wien')).toBe(false)
    },
    { timeout: 60_000, interval: 200 },
  )
})

test('lists those of the past, also those that were disconnected, and keeps them as long as it is told', async () => {
  const past = async (query: string): Promise<PastSessions> => (await (await deck.ask(`/api/sessions/past?${query}`)).json()) as PastSessions
  const all = await past('lastMs=3600000&path=studio/*')
  expect(all).toMatchObject({ keepDays: 30, notStored: 0, more: false })
  const kicked = all.sessions.filter(({ ended, server }) => ended !== null && server === 'Berlin')
  expect(kicked.map(({ role }) => role)).toEqual(expect.arrayContaining(['publisher', 'reader']))
  expect((await past('lastMs=3600000&limit=1')).more).toBe(true)
  expect((await past(`from=${all.since}&to=${all.since}&path=nowhere`)).sessions).toEqual([])
  expect((await deck.ask('/api/sessions/past?lastMs=-1')).status).toBe(400)
  expect((await deck.ask('/api/sessions/past?from=2&to=1')).status).toBe(400)
  const keep = (days: number) =>
    deck.ask('/api/sessions/keep', { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ days }) })
  expect(await (await keep(0)).json()).toEqual({ days: 0 })
  const none = await past('lastMs=3600000')
  expect(none).toMatchObject({ keepDays: 0, since: null })
  expect(none.sessions.filter(({ ended }) => ended !== null)).toEqual([])
  expect((await keep(-1)).status).toBe(400)
})
