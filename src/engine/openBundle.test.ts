import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { TestClock } from '../clock/testClock.ts'
import { createDemoFleet } from '../demo/demoFleet.fixture.ts'
import { hostOf } from '../shared/endpoints.ts'
import type { ServerInput } from '../shared/servers.ts'
import { partOf, serverSubject, streamSubject } from '../shared/subjectNames.ts'
import type { Tier } from '../shared/tiers.ts'
import type { Engine } from './createEngine.ts'
import type { EngineOptions } from './engineOptions.ts'
import { createTestEngines, type TestEngines } from './testEngines.ts'

/** The bundle holds the end of one day and the begin of the next. */
const startAt = Date.UTC(2026, 10, 14, 23, 52, 0)
const password = 'never-in-a-bundle-9f3'

let engines: TestEngines
let folder = ''
let clock: TestClock

beforeEach(async () => {
  engines = await createTestEngines(startAt)
  ;({ folder, clock } = engines)
})
afterEach(async () => {
  await engines[Symbol.asyncDispose]()
  expect(engines.bugs).toEqual([])
  expect(clock.pending(), 'a timer outlived the engines').toBe(0)
})

/** Each has a data folder of its own. */
const portsOf = (name: string) => ({ dataDir: join(folder, name), version: '1.2.3' })
const start = (name: string, options?: EngineOptions) => engines.start(options, portsOf(name))

/** Twenty minutes of two servers around midnight, and the bundle's bytes. */
async function makeBundle() {
  const fleet = engines.open.use(
    await createDemoFleet({
      clock,
      seed: 'bundle',
      servers: ['Berlin', 'Wien'].map((name) => ({ name, paths: [0, 1, 2].map((n) => ({ name: `site/cam-${n}`, source: 'rtspSession' as const })) })),
    }),
  )
  const live = await start('live')
  const ids: string[] = []
  for (const [n, { url }] of fleet.servers.entries()) {
    const input: ServerInput = {
      name: ['Berlin', 'Wien'][n] as string,
      url,
      auth: { kind: 'basic', user: 'noc', password },
      fingerprint: null,
      intervalSeconds: 10,
      addresses: {},
      tags: [],
      paused: false,
    }
    ids.push((await live.client.servers.add(input)).id)
  }
  for (let minute = 0; minute < 20; minute++) await clock.advance(60_000)
  return { ...live, ids, fleet }
}
async function fetchBundle(engine: Engine, link: string): Promise<Uint8Array> {
  const answer = await engine.relay(new Request(`http://127.0.0.1${link}`))
  expect(answer.status).toBe(200)
  return new Uint8Array(await answer.arrayBuffer())
}

test('a bundle shows elsewhere what was seen, across midnight, and nothing in it can be changed', async () => {
  const { engine, client, ids } = await makeBundle()
  const [berlin, wien] = ids as [string, string]
  const from = startAt + 60_000
  const to = startAt + 19 * 60_000
  const made = await client.bundles.make({ from, to, note: 'the night of the 14th' })
  expect(made).toMatchObject({ name: 'mtxdeck-2026-11-14-2353.mtxdeck' })
  const bytes = await fetchBundle(engine, made.link)
  expect(bytes.length).toBe(made.bytes)
  expect(Buffer.from(bytes).includes(password)).toBe(false)
  const moments = [startAt + 4 * 60_000 + 3000, startAt + 8 * 60_000 + 7000, startAt + 15 * 60_000]
  const pastOf = async (of: typeof client) => {
    const all = []
    for (const at of moments) {
      const { servers, streams, figures, alarms } = await of.fleet.past({ at, launch: null })
      const order = streams.map((stream, n) => [`${stream.serverId} ${stream.path}`, n] as const).sort(([a], [b]) => (a < b ? -1 : 1))
      all.push({
        servers: servers.map(({ id, name, state, version, totals }) => ({ id, name, state, version, totals })).sort((a, b) => (a.id < b.id ? -1 : 1)),
        streams: order.map(([, n]) => {
          const { slot, ...facts } = streams[n] as (typeof streams)[number]
          const place = figures.slot.indexOf(slot)
          return { facts, in: figures.bitrateInBps[place], readers: figures.readers[place] }
        }),
        alarms: alarms?.map(({ kind, subject, severity }) => [kind, subject, severity]),
      })
    }
    return all
  }
  const rangeOf = (of: typeof client, points: number, tier: Tier) =>
    of.history.range({
      tier,
      series: [
        { serverId: berlin, path: 'site/cam-1', metric: 'path.bitrateIn' },
        { serverId: wien, path: '', metric: 'server.streamsLive' },
      ],
      from,
      to,
      points,
    })
  // What is in memory when it is asked for knows the very sample that a bucket begins with; what was sealed, its minute.
  const extremes = (columns: Awaited<ReturnType<typeof rangeOf>>) => columns.map(({ min, max, gaps }) => ({ min, max, gaps }))
  const eventsOf = async (of: typeof client) =>
    (await of.history.events({ from, to, limit: 1000 })).map(({ id: _, ...event }) => event).sort((a, b) => a.at - b.at || (a.text < b.text ? -1 : 1))
  const availableIn = async (of: typeof client) => {
    const { rows, total } = await of.availability.read({ from: from + 60_000, to: to - 60_000 })
    return { total, of: rows.map(({ name, subject, percent, upMs }) => [name, partOf(subject), percent, Math.round(upMs / 60_000)]) }
  }
  const seen = {
    available: await availableIn(client),
    past: await pastOf(client),
    fine: await rangeOf(client, 5000, 'samples'),
    coarse: extremes(await rangeOf(client, 10, 'minutes')),
    events: await eventsOf(client),
  }
  expect(seen.past[0]?.streams).toHaveLength(6)
  expect(seen.fine[0]?.at.length).toBeGreaterThan(100)
  await engines.stop(engine)

  const file = join(folder, 'of a friend.mtxdeck')
  await writeFile(file, bytes)
  const shown = await start('elsewhere', { bundle: file })
  expect((await shown.client.access.hello()).bundle).toEqual({
    name: 'of a friend.mtxdeck',
    from,
    to,
    worstAt: null,
    madeAt: expect.any(Number),
    madeBy: expect.stringContaining('1.2.3'),
    note: 'the night of the 14th',
  })
  expect(await pastOf(shown.client)).toEqual(seen.past)
  expect(await rangeOf(shown.client, 5000, 'samples')).toEqual(seen.fine)
  expect(seen.available.total).toBe(8)
  expect(await availableIn(shown.client)).toEqual(seen.available)
  expect(extremes(await rangeOf(shown.client, 10, 'minutes'))).toEqual(seen.coarse)
  expect(await eventsOf(shown.client)).toEqual(seen.events)
  expect(await shown.client.servers.list()).toEqual([])
  const input: ServerInput = {
    name: 'x',
    url: 'http://127.0.0.1:1',
    auth: { kind: 'none' },
    fingerprint: null,
    intervalSeconds: 2,
    addresses: {},
    tags: [],
    paused: false,
  }
  await expect(shown.client.servers.add(input)).rejects.toThrow('shows a bundle')
  // Nothing of it is dropped because it is old.
  await clock.advance(3_600_000)
  expect((await rangeOf(shown.client, 5000, 'samples'))[0]?.at).toEqual(seen.fine[0]?.at)
})

test('a bundle carries alarms, incidents and all that became of them, as they stood', async () => {
  const { client, engine, ids, fleet } = await makeBundle()
  const [berlin, wien] = ids as [string, string]
  const from = clock.now()
  fleet.server('Berlin').trouble({ kind: 'publisherGone', path: 'site/cam-1', forMs: 120_000 })
  await clock.advance(60_000)
  const [gone] = await client.alarms.list()
  const id = gone?.id ?? ''
  await client.alarms.acknowledge({ ids: [id], comment: 'called the site' })
  fleet.server('Wien').trouble({ kind: 'die' })
  await clock.advance(180_000)
  const to = clock.now()
  const moments = [from + 45_000, from + 75_000, from + 200_000, to]
  const storyOf = async (of: typeof client) => ({
    moments: await Promise.all(moments.map((at) => of.alarms.list({ at }))),
    incidents: await Promise.all(moments.map((at) => of.incidents.list({ at }))),
    steps: await of.alarms.steps({ serverId: berlin, path: 'site/cam-1', from, to }),
    details: await of.alarms.get({ id }),
    closed: await of.alarms.past(),
  })
  const seen = await storyOf(client)
  expect(seen.moments.map((alarms) => alarms.map(({ kind, state }) => `${kind} ${state}`))).toEqual([
    ['streamGone unacknowledged'],
    ['serverDown unacknowledged', 'streamGone acknowledged'],
    ['serverDown unacknowledged'],
    ['serverDown unacknowledged'],
  ])
  const make = async (name: string, of?: { readonly kind: 'server'; readonly serverId: string }[]) => {
    const made = await client.bundles.make({ from, to, note: '', ...(of && { of }) })
    const file = join(folder, `${name}.mtxdeck`)
    await writeFile(file, await fetchBundle(engine, made.link))
    return file
  }
  const whole = await make('whole')
  const ofWien = await make('wien', [{ kind: 'server', serverId: wien }])
  // What is done later is not of that time.
  await client.alarms.comment({ ids: (await client.alarms.list()).map((alarm) => alarm.id), text: 'later' })
  await engines.stop(engine)

  const shown = await start('shown', { bundle: whole })
  await clock.advance(10_000)
  expect(await storyOf(shown.client)).toEqual(seen)
  expect(await shown.client.alarms.list()).toEqual([])
  const earlier = await shown.client.alarms.list({ at: from - 1 }).catch((error: unknown) => error)
  expect(earlier).toMatchObject({ code: 'NOT_KEPT', data: { since: from } })
  await engines.stop(shown.engine)
  const part = await start('part', { bundle: ofWien })
  expect((await part.client.alarms.list({ at: to })).map(({ serverName }) => serverName)).toEqual(['Wien'])
  expect(await part.client.alarms.list({ at: moments[0] })).toEqual([])
})

test('only the servers and streams that were chosen are in a bundle', async () => {
  const { client, engine, ids } = await makeBundle()
  const [berlin] = ids as [string, string]
  const made = await client.bundles.make({
    from: startAt,
    to: clock.now(),
    of: [streamSubject(berlin, 'site/cam-2')],
    note: '',
  })
  const bytes = await fetchBundle(engine, made.link)
  for (const name of ['Berlin', 'cam-2']) expect(Buffer.from(bytes).includes(name), name).toBe(true)
  for (const name of ['Wien', 'cam-0', 'cam-1']) expect(Buffer.from(bytes).includes(name), name).toBe(false)
  // The address is good for a while only, and only under its own name.
  expect((await engine.relay(new Request(`http://127.0.0.1${made.link.replace('.mtxdeck', 'x.mtxdeck')}`))).status).toBe(404)
  await clock.advance(600_000)
  const gone = await engine.relay(new Request(`http://127.0.0.1${made.link}`), 'de')
  expect([gone.status, await gone.text()]).toEqual([404, 'Diese Datei wird nicht mehr aufbewahrt. Erstellen Sie sie erneut.'])
  await expect(client.bundles.make({ from: 1000, to: 2000, note: '' })).rejects.toMatchObject({ code: 'NOTHING_KEPT' })
  await expect(client.bundles.make({ from: -1e300, to: 1e300, note: '' })).rejects.toMatchObject({ code: 'BAD_REQUEST' })
})

test('a file that is no bundle, or a damaged one, is refused in words', async () => {
  const { client, engine } = await makeBundle()
  const made = await client.bundles.make({ from: startAt, to: clock.now(), note: '' })
  const bytes = await fetchBundle(engine, made.link)
  await engines.stop(engine)
  const file = join(folder, 'given.mtxdeck')
  let n = 0
  const refused = async (given: Uint8Array | string): Promise<string | null> => {
    await writeFile(file, given)
    const created = await engines.create({ bundle: file }, portsOf(`refused-${n++}`))
    if (!created.ok) {
      expect(created.error.kind).toBe('bundleRefused')
      return created.error.words
    }
    await created.value[Symbol.asyncDispose]()
    return null
  }
  expect(await refused('a letter, and no bundle at all. '.repeat(200))).toContain(file)
  expect(await refused('')).toContain(file)
  for (const share of [0.1, 0.5, 0.99]) expect(await refused(bytes.subarray(0, Math.floor(bytes.length * share))), `cut at ${share}`).toContain(file)
  // Of what is told in words; `archiveFile.test.ts` flips bits everywhere.
  const withTexts = Buffer.from(bytes)
  for (const text of ['site/cam-1', 'rtspSession', 'path.bitrateIn', '"Berlin"']) {
    expect(withTexts.indexOf(text), text).toBeGreaterThan(0)
    const flipped = bytes.slice()
    // Some of them stand in what SQLite no longer uses of a page.
    for (let at = withTexts.indexOf(text); at >= 0; at = withTexts.indexOf(text, at + 1)) flipped[at + 1] = (flipped[at + 1] as number) ^ 2
    expect(await refused(flipped), text).toContain(file)
  }

  // A table more, a trigger, or another text in the place of ours: no database of a stranger is ever used.
  await writeFile(file, bytes)
  const db = new BetterSqlite3(file)
  db.exec('CREATE TRIGGER evil AFTER INSERT ON events BEGIN DELETE FROM events; END')
  db.close()
  expect(await refused(await readFile(file))).toContain(file)
})

test('a bundle carries who was connected, with addresses and users or with numbers in place of them', async () => {
  const { engine, client, ids } = await makeBundle()
  const [berlin] = ids as [string, string]
  const [from, to] = [startAt + 60_000, startAt + 19 * 60_000]
  const whole = await client.sessions.past({ from, to, limit: 1_000 })
  expect(whole.sessions.length).toBeGreaterThan(5)
  const read = async (input: object, name: string) => {
    const made = await client.bundles.make({ from, to, note: '', ...input })
    const file = join(folder, `${name}.mtxdeck`)
    await writeFile(file, await fetchBundle(engine, made.link))
    return { file }
  }
  const all = await read({}, 'all')
  const hidden = await read({ sessions: 'hidden' }, 'hidden')
  const one = await read({ of: [streamSubject(berlin, 'site/cam-1')] }, 'one')
  await engines.stop(engine)
  const shownOf = async ({ file }: { readonly file: string }, name: string) => {
    const shown = await start(name, { bundle: file })
    const past = await shown.client.sessions.past({ from, to, limit: 1_000 })
    const then = await shown.client.sessions.past({ from: startAt + 8 * 60_000, to: startAt + 8 * 60_000, limit: 1_000 })
    // Long after what a console keeps is deleted for its age.
    clock.jumpWall(40 * 86_400_000)
    await clock.advance(20_000)
    const later = await shown.client.sessions.past({ from, to, limit: 1_000 })
    expect(later.sessions).toEqual(past.sessions)
    await engines.stop(shown.engine)
    return { past, then }
  }
  const facts = (sessions: typeof whole.sessions) =>
    sessions.map(({ server, id, path, role, remoteAddr }) => [server, id, path, role, remoteAddr].join(' ')).sort()
  const inAll = await shownOf(all, 'shows all')
  expect(facts(inAll.past.sessions)).toEqual(facts(whole.sessions))
  expect(
    inAll.past.sessions.some(({ ended }) => ended === null),
    'goes on at its end',
  ).toBe(true)
  expect(inAll.past.since).toBeGreaterThanOrEqual(from)
  expect(inAll.past.keepDays).toBe(0)
  expect(inAll.then.sessions.length).toBeGreaterThan(0)
  const inHidden = await shownOf(hidden, 'shows hidden')
  expect(inHidden.past.sessions).toHaveLength(whole.sessions.length)
  expect(
    inHidden.past.sessions.every(
      ({ remoteAddr, user }) => /^address-[0-9a-f]{8}$/.test(remoteAddr ?? '') && (user === null || /^user-[0-9a-f]{8}$/.test(user)),
    ),
  ).toBe(true)
  expect(new Set(inHidden.past.sessions.map(({ remoteAddr }) => remoteAddr)).size).toBe(
    new Set(whole.sessions.map(({ remoteAddr }) => remoteAddr?.replace(/:\d+$/, ''))).size,
  )
  const inOne = await shownOf(one, 'shows one')
  expect(new Set(inOne.past.sessions.map(({ server, path }) => `${server} ${path}`))).toEqual(new Set(['Berlin site/cam-1']))
})

test('with hidden sessions, no address of a publisher or reader is anywhere in the file, in whatever was said of them', async () => {
  const { engine, client, ids, fleet } = await makeBundle()
  const [berlin] = ids as [string, string]
  const server = fleet.server('Berlin')
  server.trouble({ kind: 'publisherGone', path: 'site/cam-0' })
  server.trouble({ kind: 'otherPublisher', path: 'site/cam-1' })
  await clock.advance(120_000)
  const [alarm] = await client.alarms.list()
  if (alarm === undefined) throw new Error('no alarm was raised')
  const publisher = (await client.sessions.list({ limit: 1_000 })).sessions.find(({ role, path }) => role === 'publisher' && path === 'site/cam-2')
  if (publisher === undefined) throw new Error('nobody publishes')
  await client.alarms.comment({ ids: [alarm.id], text: `asked at ${publisher.remoteAddr}` })
  // Who may publish is named by address in its configuration, and in the events of what changed there.
  server.trouble({
    kind: 'configure',
    global: { authInternalUsers: [{ user: 'any', pass: '', ips: [hostOf(publisher.remoteAddr ?? ''), '127.0.0.1'], permissions: [] }] },
    pathDefaults: { publishIPs: [`${hostOf(publisher.remoteAddr ?? '')}/32`] },
  })
  await client.sessions.kick({ id: publisher.id, serverId: publisher.serverId, reason: 'test' })
  await clock.advance(900_000)
  const { global, pathDefaults } = await client.servers.configuration({ id: berlin })
  expect(JSON.stringify([global, pathDefaults])).toContain(hostOf(publisher.remoteAddr ?? '-'))

  const [from, to] = [startAt + 60_000, clock.now()]
  const { sessions: known } = await client.sessions.past({ from, to, limit: 1_000 })
  const hosts = [...new Set(known.flatMap(({ remoteAddr }) => (remoteAddr === null ? [] : [hostOf(remoteAddr)])))]
  expect(hosts.length).toBeGreaterThan(3)
  const bundleOf = async (kind: 'hidden' | 'all') => {
    const made = await client.bundles.make({ from, to, note: '', sessions: kind })
    const bytes = await fetchBundle(engine, made.link)
    return { bytes, named: hosts.filter((host) => Buffer.from(bytes).includes(host)) }
  }
  // Sessions are packed, so that what is found stands in facts, events and alarms.
  expect((await bundleOf('all')).named.length).toBeGreaterThan(1)
  const { bytes, named } = await bundleOf('hidden')
  expect(named).toEqual([])
  const file = join(folder, 'hidden.mtxdeck')
  await writeFile(file, bytes)
  await engines.stop(engine)
  const shown = await start('shown', { bundle: file })
  const changed = (await shown.client.history.events({ from, to, limit: 1_000, kinds: ['publisherChanged'], of: serverSubject(berlin) }))[0]
  expect(changed?.facts).toMatchObject({ before: expect.stringMatching(/^address-/), after: expect.stringMatching(/^address-/) })
  expect(await shown.client.servers.configuration({ id: berlin })).toMatchObject({
    global: { authInternalUsers: [{ user: 'any', ips: [expect.stringMatching(/^address-[0-9a-f]{8}$/), '127.0.0.1'] }] },
    pathDefaults: { publishIPs: [expect.stringMatching(/^address-[0-9a-f]{8}$/)] },
  })
  const then = await shown.client.alarms.list({ at: to })
  expect(then.map(({ id }) => id)).toContain(alarm.id)
  expect(JSON.stringify(then)).toMatch(/"address":"address-/)
})
