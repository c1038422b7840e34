import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createSystemClock } from '../clock/clock.ts'
import { createDemoFleet, type DemoFleet } from '../demo/demoFleet.fixture.ts'
import type { AuditPage } from '../shared/accounts.ts'
import type { GuestLink, GuestPage } from '../shared/guests.ts'
import type { Views } from '../shared/viewing.ts'
import { startTestConsole, type TestConsole } from './testConsole.fixture.ts'

let fleet: DemoFleet
let deck: TestConsole
let serverId: string
beforeEach(async () => {
  fleet = await createDemoFleet({
    clock: createSystemClock(),
    seed: 'guests',
    servers: [
      {
        name: 'Berlin',
        paths: [
          { name: 'site/gate', source: 'rtspSession' },
          { name: 'site/yard', source: 'rtspSession' },
          { name: 'site/pool', mode: 'onDemand' },
        ],
        intervalSeconds: 0.5,
      },
    ],
  })
  deck = await startTestConsole({ servers: fleet.yamlServers(), publicUrl: 'https://noc.example.org/' })
  await expect.poll(async () => ((await json('/api/servers')) as { addressesFrom: string }[])[0]?.addressesFrom).toBe('configuration')
  await expect.poll(async () => ((await json('/api/streams/latest')) as unknown[]).length).toBe(3)
  serverId = ((await json('/api/servers')) as { id: string }[])[0]?.id ?? ''
})
afterEach(async () => {
  await deck[Symbol.asyncDispose]()
  await fleet[Symbol.asyncDispose]()
})

const json = async (path: string): Promise<unknown> => (await deck.ask(path)).json()
const body = (value: object) => ({ method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(value) })
const gate = () => ({ kind: 'streams', streams: [{ serverId, path: 'site/gate' }] })
interface Made {
  readonly link: GuestLink
  readonly address: string
  readonly url: string
}
async function make(more: object = {}): Promise<Made> {
  const answer = await deck.ask('/api/guests', body({ name: 'Fair', shows: gate(), ...more }))
  expect(answer.status, await answer.clone().text()).toBe(201)
  return (await answer.json()) as Made
}
const get = (path: string, headers: Record<string, string> = {}) => fetch(`${deck.url}${path}`, { redirect: 'manual', headers })
/** As a browser keeps it: a cookie whose time is over is not sent. */
async function open({ address }: Pick<Made, 'address'>): Promise<{ readonly Cookie: string }> {
  const answer = await get(address)
  expect([answer.status, answer.headers.get('location')]).toEqual([303, '/guest/'])
  const [cookie = '', ...attributes] = answer.headers.get('set-cookie')?.split(/; */) ?? []
  const seconds = Number(attributes.find((each) => each.startsWith('Max-Age='))?.slice('Max-Age='.length))
  const endsAt = performance.now() + seconds * 1_000
  return {
    get Cookie() {
      return performance.now() < endsAt ? cookie : ''
    },
  }
}
const page = async (headers: Record<string, string>) => (await (await get('/guest/page', headers)).json()) as GuestPage
const audit = async () => ((await json('/api/accounts/audit?limit=100')) as AuditPage).entries.reverse()
async function play(
  headers: Record<string, string>,
  id: string,
  more: object = { asked: true },
): Promise<{ address?: string; playing?: string; said?: string }> {
  const asked = body(more)
  const answer = await fetch(`${deck.url}/guest/pictures/${id}`, { ...asked, headers: { ...asked.headers, ...headers } })
  return (await answer.json()) as { address?: string; playing?: string; said?: string }
}
const views = async () => ((await json('/api/viewing/views')) as Views).views.map(({ person, path, end }) => [person, path, end])

test('a guest sees the chosen pictures with their state, and learns nothing of servers, paths and other streams', async () => {
  await deck.ask('/api/cameras', body({ name: 'North gate', streams: [{ use: 'main', serverId, path: 'site/gate' }] }))
  const streams = [
    { serverId, path: 'site/gate' },
    { serverId, path: 'site/yard' },
    { serverId, path: 'site/none' },
  ]
  const made = await make({ shows: { kind: 'streams', streams } })
  expect(made.url).toBe(`https://noc.example.org${made.address}`)
  expect(made.link.endsAt).toBeCloseTo(Date.now() + 7 * 86_400_000, -5)
  const answer = await get(made.address)
  expect(answer.headers.get('set-cookie')).toMatch(/^mtxdeck-\d+-guest=.*; Max-Age=60\d{4}; Path=\/guest; HttpOnly; SameSite=Lax$/)
  expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
  const headers = await open(made)
  const shown = await page(headers)
  expect(shown.title).toBe('Fair')
  expect(shown.pictures.map(({ name, state, said }) => [name, state, said.replace(/ since.*/, '')])).toEqual([
    ['North gate', 'onAir', 'On air'],
    ['yard', 'onAir', 'On air'],
    ['none', 'offAir', 'Not on air'],
  ])
  expect(JSON.stringify(shown)).not.toMatch(new RegExp(`Berlin|site|${serverId}`))
  expect((await get('/guest/page?lang=de', headers)).headers.get('content-language')).toBe('de')
})

test('a guest reads moments in the time of his browser, and in UTC where it names none that there is', async () => {
  const headers = await open(await make())
  const endsIn = async (zone: string) => (await page({ ...headers, 'x-time-zone': zone })).words.ends.replace(/.*:\d\d /, '')
  expect([await endsIn('asia/seoul'), await endsIn('Mars/Base'), await endsIn('')]).toEqual(['GMT+9.', 'UTC.', 'UTC.'])
})

test('a live picture plays for the guests of its link, and for nobody else', async () => {
  const made = await make()
  const headers = await open(made)
  const other = await open(await make({ name: 'Other' }))
  const { address = '' } = await play(headers, (await page(headers)).pictures[0]?.id ?? '')
  expect(address).toMatch(/^\/guest\/live\/[\w-]+\/index\.m3u8$/)
  const lines = async (from: string) => {
    const answer = await get(from, headers)
    expect(answer.status).toBe(200)
    const found = (await answer.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    return found.map((line) => new URL(line, `${deck.url}${from}`).pathname)
  }
  const [media = ''] = await lines(address)
  const segment = (await lines(media)).at(-1) ?? ''
  expect((await (await get(segment, headers)).arrayBuffer()).byteLength).toBeGreaterThan(1000)
  expect([(await get(segment)).status, (await get(segment, other)).status]).toEqual([410, 404])
  const outside = segment.replace('/guest/live/', '/relay/')
  expect([(await get(outside, headers)).status, (await deck.ask(outside)).status]).toEqual([401, 404])
  expect(await views()).toEqual([['Fair', 'site/gate', 'open']])
  // A picture of another stream, or of none.
  for (const id of ['none', '..', 'site%2Fyard']) expect((await fetch(`${deck.url}/guest/pictures/${id}`, { ...body({}), headers })).status).not.toBe(200)
})

test('a source on demand waits for its button without a complaint', async () => {
  const headers = await open(await make({ shows: { kind: 'streams', streams: [{ serverId, path: 'site/pool' }] } }))
  const [picture = expect.fail('there is one picture')] = (await page(headers)).pictures
  expect(await play(headers, picture.id, { asked: false })).toEqual({ said: '' })
  expect((await play(headers, picture.id)).address).toMatch(/m3u8$/)
})

test('a revoked link and its pictures end at once, and its guests are told', async () => {
  const made = await make()
  const headers = await open(made)
  const { address = '' } = await play(headers, (await page(headers)).pictures[0]?.id ?? '')
  expect((await get(address, headers)).status).toBe(200)
  expect((await deck.ask(`/api/guests/${made.link.id}`, { method: 'DELETE' })).status).toBe(204)
  expect(await views()).toEqual([['Fair', 'site/gate', 'closed']])
  for (const path of [address, '/guest/page']) expect([path, (await get(path, headers)).status]).toEqual([path, 410])
  for (const told of [await get('/guest/', headers), await get(made.address)])
    expect([told.status, await told.text()]).toEqual([404, expect.stringMatching(/This link has ended.+ ask the person who sent it/)])
  expect((await deck.ask(`/api/guests/${made.link.id}`, { method: 'DELETE' })).status).toBe(404)
  expect(await json('/api/guests')).toEqual([])
})

test('at its end a link closes its pictures by itself; it is in the audit who made, opened and revoked links, and that they ended', async () => {
  const made = await make({ endsAt: Date.now() + 1_500 })
  const headers = await open(made)
  await open(made)
  await play(headers, (await page(headers)).pictures[0]?.id ?? '')
  expect(await views()).toEqual([['Fair', 'site/gate', 'open']])
  await expect.poll(views).toEqual([['Fair', 'site/gate', 'closed']])
  await expect.poll(() => Date.now()).toBeGreaterThan(made.link.endsAt + 1_000)
  expect((await get('/guest/page', { ...headers })).status, 'by which an open page is loaded anew').toBe(410)
  const told = await get('/guest/', { ...headers })
  expect([told.status, await told.text()], 'and says so').toEqual([404, expect.stringMatching(/This link has ended/)])
  const other = await make({ name: 'Other' })
  await deck.ask(`/api/guests/${other.link.id}`, { method: 'DELETE' })
  const entries = await audit()
  expect(entries.map(({ by, action, what, from }) => [by, action, what, from])).toEqual([
    ['operator', 'call', 'guests.add', '127.0.0.1'],
    ['Fair', 'signIn', 'guestLink', '127.0.0.1'],
    ['Fair', 'signOut', 'guestLink', null],
    ['operator', 'call', 'guests.add', '127.0.0.1'],
    ['operator', 'call', 'guests.revoke', '127.0.0.1'],
  ])
  expect(entries[0]?.of.id).toBe(made.link.id)
  const written = JSON.stringify([entries, await json('/api/guests')]) + deck.logged()
  expect(written).not.toContain(made.address.replace('/guest/', ''))
})

test('wrong secrets get the same plain page late, are limited as sign-ins, and open nothing', async () => {
  const { address } = await make()
  const wrong = [`${address}x`, address.slice(0, -1), '/guest/mtxg_', '/guest/none', `/guest/${'x'.repeat(3_000)}`]
  const began = performance.now()
  const texts = new Set<string>()
  for (const each of wrong.slice(0, 3)) {
    const answer = await get(each)
    expect([each, answer.status, answer.headers.get('set-cookie')]).toEqual([each, 404, null])
    texts.add(await answer.text())
  }
  expect(texts.size).toBe(1)
  expect(performance.now() - began).toBeGreaterThan(250 + 500)
  const flood = await Promise.all(Array.from({ length: 12 }, (_, i) => get(wrong[i % wrong.length] ?? '')))
  expect(new Set(flood.map(({ status }) => status))).toEqual(new Set([404, 429]))
  await open({ address })
  expect((await get('/guest/')).status).toBe(404)
  expect((await get('/guest/page', { Cookie: `mtxdeck-${deck.server.port}-guest=mtxg_none` })).status).toBe(410)
  expect((await audit()).filter(({ what }) => what === 'guestLink').map(({ action }) => action)).toContain('signInFailed')
}, 60_000)

test('what is no link is refused: of unknown servers and walls, without an end ahead or beyond a year', async () => {
  const kindOf = async (more: object) =>
    ((await (await deck.ask('/api/guests', body({ name: 'x', shows: gate(), ...more }))).json()) as { data: { kind: string } }).data.kind
  expect(await kindOf({ shows: { kind: 'streams', streams: [{ serverId: 'none', path: 'a' }] } })).toBe('noSuch')
  for (const wallId of ['none', 'all', 'penalty']) expect(await kindOf({ shows: { kind: 'wall', wallId } })).toBe('noSuch')
  expect(await kindOf({ endsAt: Date.now() - 1 })).toBe('guestEndWrong')
  expect(await kindOf({ endsAt: Date.now() + 367 * 86_400_000 })).toBe('guestEndWrong')
  const many = Array.from({ length: 65 }, (_, i) => ({ serverId, path: `cam${i}` }))
  for (const streams of [[], many]) expect(await kindOf({ shows: { kind: 'streams', streams } })).toBe('notAccepted')
  expect(await kindOf({ name: '<b>\u202e' })).toBe('notAccepted')
})

test('a link of a wall shows what the wall has now', async () => {
  const scope = { servers: [], tags: [], streams: ['site/*'] }
  const wall = (await (await deck.ask('/api/walls', body({ name: 'Site', scope }))).json()) as { id: string }
  const headers = await open(await make({ shows: { kind: 'wall', wallId: wall.id } }))
  expect((await page(headers)).pictures.map(({ name }) => name)).toEqual(['gate', 'pool', 'yard'])
  const { address = '' } = await play(headers, (await page(headers)).pictures[1]?.id ?? '')
  expect((await get(address, headers)).status).toBe(200)
  const change = body({ change: { name: 'Site', scope: { ...scope, streams: ['site/gate'] } } })
  expect((await deck.ask(`/api/walls/${wall.id}`, { ...change, method: 'PUT' })).status).toBe(200)
  await expect.poll(async () => (await page(headers)).pictures.map(({ name }) => name)).toEqual(['gate'])
  // What the wall has no more does not play on either.
  expect((await get(address, headers)).status).toBe(404)
  await deck.ask(`/api/walls/${wall.id}`, { method: 'DELETE' })
  await expect.poll(async () => (await page(headers)).pictures).toEqual([])
})

test('guests of one link have as many live pictures as a person, and may not open them without end', async () => {
  const headers = await open(await make())
  const id = (await page(headers)).pictures[0]?.id ?? ''
  const opened: string[] = []
  const first = await play(headers, id, {})
  await fetch(`${deck.url}/guest/playing/${first.playing}`, { method: 'DELETE', headers })
  expect((await get(first.address ?? '', headers)).status).toBe(404)
  for (let i = 0; i < 5; i++) opened.push((await play(headers, id)).address ?? '')
  expect((await Promise.all(opened.map((address) => get(address, headers)))).map(({ status }) => status)).toEqual([404, 200, 200, 200, 200])
  // A page that is only opened takes nobody's picture away.
  for (let i = 0; i < 50; i++) expect(await play(headers, id, {})).toEqual({ said: '' })
  expect((await play(headers, id)).address).toBeDefined()
  const said = new Set<string | undefined>()
  for (let i = 0; i < 40; i++) said.add((await play(headers, id)).said)
  expect(said.size).toBe(2)
})

test('the built page and its files are for guests alone, and others of the console are not among them', async () => {
  const dir = join(deck.dataDir, 'renderer')
  mkdirSync(join(dir, 'assets'), { recursive: true })
  writeFileSync(join(dir, 'guest.html'), '<title>guests</title>')
  writeFileSync(join(dir, 'index.html'), '<title>console</title>')
  writeFileSync(join(dir, 'assets', 'guest-1.js'), '1')
  const headers = await open(await make())
  expect(await (await get('/guest/', headers)).text()).toContain('guests')
  expect(await (await get('/guest/assets/guest-1.js', headers)).text()).toBe('1')
  for (const path of ['/guest/assets/..%2findex.html', '/guest/index.html', '/', '/index.html', '/assets/guest-1.js'])
    expect([path, (await get(path, headers)).status]).not.toEqual([path, 200])
  expect((await get('/guest/assets/guest-1.js')).status).toBe(404)
  expect((await get('/guest/assets/guest-1.js', headers)).headers.get('cache-control')).toMatch(/^private/)
})

test('a link is not taken over plain HTTP from elsewhere, and outlives a restart', async () => {
  const dataDir = `${deck.dataDir}/again`
  const options = { dataDir, servers: fleet.yamlServers(), trustedProxies: ['127.0.0.1'] }
  const first = await startTestConsole(options)
  const shows = { kind: 'streams', streams: [{ serverId: ((await (await first.ask('/api/servers')).json()) as { id: string }[])[0]?.id, path: 'a' }] }
  const { address } = (await (await first.ask('/api/guests', body({ name: 'Fair', shows }))).json()) as Made
  await first[Symbol.asyncDispose]()
  await using again = await startTestConsole(options)
  const from = (proto: string) =>
    fetch(`${again.url}${address}`, { redirect: 'manual', headers: { 'X-Forwarded-For': '203.0.113.5', 'X-Forwarded-Proto': proto } })
  expect((await from('http')).status).toBe(403)
  const safe = await from('https')
  expect([safe.status, safe.headers.get('set-cookie')]).toEqual([303, expect.stringMatching(/Secure/)])
})
