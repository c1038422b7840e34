import { isDefinedError, safe } from '@orpc/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSystemClock } from '../../src/clock/clock.ts'
import { createDemoFleet, type DemoFleet } from '../../src/demo/demoFleet.fixture.ts'
import { startTestConsole, type TestConsole } from '../../src/headless/testConsole.fixture.ts'
import { contractMismatch, contractVersion } from '../../src/shared/access.ts'
import type { FleetChanges } from '../../src/shared/fleet.ts'
import { streamSubject } from '../../src/shared/subjectNames.ts'
import { type Endpoint, endpoints } from './endpoints.ts'

const password = 'hunter2-of-the-contract'
let fleet: DemoFleet
let deck: TestConsole

beforeAll(async () => {
  fleet = await createDemoFleet({
    clock: createSystemClock(),
    seed: 'contract',
    servers: [
      {
        name: 'berlin',
        version: '1.20',
        auth: { kind: 'basic', user: 'noc', password },
        paths: [
          { name: 'studio/a b', source: 'srtConn', readers: ['rtspSession', 'hlsSession'] },
          { name: 'cam-ü', source: 'rtspSession' },
          { name: 'empty', live: false },
        ],
        intervalSeconds: 0.5,
      },
      { name: 'spare', version: '1.9', paths: 2, intervalSeconds: 0.5 },
    ],
  })
  deck = await startTestConsole({ servers: [fleet.server('berlin').input] })
})
afterAll(async () => {
  await deck[Symbol.asyncDispose]()
  await fleet[Symbol.asyncDispose]()
})

describe.each(endpoints.map((endpoint) => [endpoint.name, endpoint] as const))('through %s', (_name, endpoint: Endpoint) => {
  let opened: Awaited<ReturnType<Endpoint['open']>>
  beforeAll(async () => {
    opened = await endpoint.open(deck)
  })
  afterAll(() => opened[Symbol.dispose]())
  const berlin = async () => {
    const found = (await opened.client.servers.list()).find((server) => server.name === 'berlin')
    if (!found) throw new Error('berlin is not there')
    return found
  }
  /** Pulls changes until they fulfil something, as a window does. */
  const changesUntil = async (done: (all: readonly FleetChanges[]) => boolean) => {
    const all: FleetChanges[] = []
    let launch: string | null = null
    let since = 0
    while (!done(all)) {
      const found: FleetChanges = await opened.client.fleet.changes({ launch, since, waitMs: 5000 })
      launch = found.launch
      since = found.revision
      all.push(found)
    }
    return all
  }

  test('a caller learns first whether he fits', async () => {
    const hello = await opened.client.access.hello()
    expect(hello).toMatchObject({ product: 'mtxdeck', contractVersion, demo: false, secrets: { protection: 'file' } })
    expect(contractMismatch(hello.contractVersion, hello.version)).toBeNull()
    expect(contractMismatch(hello.contractVersion + 1, '9.0.0')).toEqual({ kind: 'engineNewer', version: '9.0.0' })
    expect(contractMismatch(hello.contractVersion - 1, '0.0.1')).toEqual({ kind: 'engineOlder', version: '0.0.1' })
  })

  test('an input that is not accepted is answered with each field and what is wrong with it', async () => {
    const input = { url: 'ftp://10.0.0.5', auth: { kind: 'none' as const }, intervalSeconds: 0.1, fingerprint: null, addresses: {} }
    const { error } = await safe(opened.client.servers.test(input))
    expect(error?.message).toMatch(/^Not accepted\. url: The API speaks HTTP.*; intervalSeconds: expected a number from 0\.5 to 3,600$/)
  })

  test('the first changes are the whole fleet, the next what changed', async () => {
    const all = await changesUntil((found) => found.some((changes) => changes.streams.some((stream) => stream.state === 'live')))
    expect(all[0]?.reset).toBe(true)
    expect(all[0]?.servers.map((server) => server.name)).toContain('berlin')
    const live = await changesUntil((found) => found.flatMap((changes) => changes.figures.bitrateInBps).some((bps) => bps !== null && bps > 0))
    expect(live.slice(1).every((changes) => !changes.reset)).toBe(true)
    const wrongLaunch = await opened.client.fleet.changes({ launch: 'of another engine', since: 1e9, waitMs: 0 })
    expect(wrongLaunch.reset).toBe(true)
  })

  test('streams are listed for scripts and found one by one, whatever their names hold', async () => {
    const { id } = await berlin()
    const reports = await opened.client.streams.list({ serverId: id })
    expect(reports.map((report) => report.name).sort()).toEqual(['cam-ü', 'empty', 'studio/a b'])
    expect(await opened.client.streams.list({ serverId: id, state: 'waiting' })).toEqual([expect.objectContaining({ name: 'empty', bitrateInBps: null })])
    const stream = await opened.client.streams.get({ serverId: id, path: 'studio/a b' })
    expect(stream).toMatchObject({ path: 'studio/a b', serverName: 'berlin', state: 'live', sourceType: 'srtConn' })
    expect((await opened.client.streams.get({ serverId: id, path: 'cam-ü' })).path).toBe('cam-ü')
    expect((await opened.client.streams.sessions({ serverId: id })).map((session) => session.role)).toContain('reader')
  })

  test('an error that the contract names arrives as such', async () => {
    const { id } = await berlin()
    const gone = await safe(opened.client.streams.get({ serverId: id, path: 'nowhere' }))
    expect(isDefinedError(gone.error) && [gone.error.code, gone.error.status, gone.error.message]).toEqual([
      'NOT_FOUND',
      404,
      'This does not exist; it may have been removed or has ended.',
    ])
    const readOnly = await safe(opened.client.servers.remove({ id }))
    expect(isDefinedError(readOnly.error) && [readOnly.error.code, readOnly.error.status]).toEqual(['READ_ONLY', 409])
    const taken = await safe(opened.client.servers.add({ name: 'berlin', url: 'http://127.0.0.1:9' }))
    expect(isDefinedError(taken.error) && taken.error.code).toBe('NAME_TAKEN')
  })

  test('input that is wrong is refused and says why', async () => {
    for (const url of ['http://noc:hunter2@10.0.0.5:99999', 'noc:p@/hunter2@h h']) {
      const refused = await safe(opened.client.servers.add({ name: 'x', url }))
      const { message, data } = refused.error as unknown as { message: string; data: unknown }
      expect(data).toMatchObject({ kind: 'notAccepted', validationErrors: [{ field: 'url' }] })
      expect(message + JSON.stringify(data)).not.toContain('hunter2')
    }
    const wrong = await safe(opened.client.servers.add({ name: 'x', url: 'rtsp://cam' }))
    expect(wrong.error).toMatchObject({ code: 'BAD_REQUEST', status: 400 })
    expect(JSON.stringify(wrong.error)).toContain('The API speaks HTTP')
  })

  test('a server is added, changed, tested and removed, and its secret never comes back', async () => {
    const spare = fleet.server('spare')
    const name = `added through ${endpoint.name}`
    const secret = `secret-of-${endpoint.name}`
    const added = await opened.client.servers.add({
      name,
      url: spare.url,
      auth: { kind: 'basic', user: 'u', password: secret },
      intervalSeconds: 0.5,
      tags: ['a', 'b'],
    })
    expect(added).toMatchObject({ name, origin: 'stored', auth: { kind: 'basic', user: 'u', hasSecret: true }, tags: ['a', 'b'] })
    const changed = await opened.client.servers.update({ id: added.id, change: { name: `${name}, renamed` } })
    expect(changed).toMatchObject({ id: added.id, name: `${name}, renamed`, auth: { hasSecret: true } })
    expect(await opened.client.servers.get({ id: added.id })).toMatchObject({ url: spare.url })
    const tried = await opened.client.servers.test({ url: spare.url, intervalSeconds: 2 })
    expect(tried).toMatchObject({ ok: true })
    const everything = JSON.stringify([added, changed, await opened.client.servers.list(), await opened.client.history.events({})])
    expect(everything).not.toContain(secret)
    expect(everything).not.toContain(password)
    await opened.client.servers.remove({ id: added.id })
    const gone = await safe(opened.client.servers.get({ id: added.id }))
    expect(isDefinedError(gone.error) && gone.error.code).toBe('NOT_FOUND')
  })

  test('the past comes in columns, and events newest first', async () => {
    const { id } = await berlin()
    const now = Date.now()
    const series = [{ subject: streamSubject(id, 'studio/a b'), metric: 'path.bitrateIn' as const }]
    await expect
      .poll(async () => (await opened.client.history.range({ series, from: now - 60_000, to: now + 60_000, points: 100 }))[0]?.at.length)
      .toBeGreaterThan(0)
    const [columns] = await opened.client.history.range({ series, from: now - 60_000, to: now + 60_000, points: 100 })
    expect(columns?.mean).toHaveLength(columns?.at.length ?? -1)
    // As series were named before there were subjects.
    const older = [{ serverId: id, path: 'studio/a b', metric: 'path.bitrateIn' as const }]
    const asked = { from: now - 60_000, to: columns?.at.at(-1) ?? now, points: 100 }
    expect(await opened.client.history.range({ series: older, ...asked })).toEqual(await opened.client.history.range({ series, ...asked }))
    // The test of another door may have sent it away.
    await expect.poll(async () => (await opened.client.streams.get({ serverId: id, path: 'cam-ü' })).state).toBe('live')
    // Longer than the configuration of a server may be old before a stream that went is judged by it.
    fleet.server('berlin').trouble({ kind: 'publisherGone', path: 'cam-ü', forMs: 5000 })
    const isOff = async () => (await opened.client.history.events({ serverId: id, path: 'cam-ü', kinds: ['streamOff'], from: now })).length
    await expect.poll(isOff).toBeGreaterThan(0)
    const events = await opened.client.history.events({ serverId: id, limit: 5 })
    expect(events.map((event) => event.id)).toEqual(events.map((event) => event.id).sort((a, b) => b - a))
    expect(await opened.client.history.store()).toMatchObject({ why: null, bytes: expect.any(Number) })
  })

  test('the fleet at a past moment, one stream of it, and the timeline', async () => {
    const { id } = await berlin()
    await changesUntil((found) => found.flatMap((changes) => changes.figures.bitrateInBps).some((bps) => bps !== null && bps > 0))
    const { at } = await opened.client.fleet.summary()
    const past = await opened.client.fleet.past({ at })
    expect(past).toMatchObject({ at, reset: true, more: false, consoleWhy: null })
    expect(past.launch).toMatch(/^past-/)
    expect(past.servers.find((server) => server.id === id)).toMatchObject({ name: 'berlin', state: 'up' })
    const ofBerlin = past.streams.filter(({ serverId }) => serverId === id)
    expect(ofBerlin.map(({ path }) => path).sort()).toEqual(['cam-ü', 'empty', 'studio/a b'])
    const again = await opened.client.fleet.past({ at: at - 1, launch: past.launch, before: at })
    expect([again.reset, again.launch]).toEqual([false, past.launch])
    expect(await opened.client.streams.get({ serverId: id, path: 'studio/a b', at })).toMatchObject({ serverName: 'berlin', state: 'live', sessions: [] })
    const unknown = await safe(opened.client.streams.get({ serverId: id, path: 'studio/a b', at: 1 }))
    expect(isDefinedError(unknown.error) && unknown.error.code).toBe('NOT_FOUND')
    const timeline = await opened.client.history.timeline({ from: at - 60_000, to: at, points: 30 })
    expect(timeline.at.length).toBe(timeline.down.length)
    expect(timeline.down).toContain(0)
  })

  test('sums, troubles, configuration and this machine', async () => {
    const { id } = await berlin()
    expect(await opened.client.fleet.summary()).toMatchObject({ servers: expect.any(Number), totals: { live: expect.any(Number) } })
    expect(await opened.client.fleet.troubles()).toEqual(expect.any(Array))
    const configuration = await opened.client.servers.configuration({ id })
    expect(configuration.error).toBeNull()
    expect(JSON.stringify(configuration)).not.toContain(password)
    expect(await opened.client.hosts.local()).toMatchObject({ hostname: expect.any(String), disks: expect.any(Array) })
  })

  test('a live picture is opened by server and path, and closed by its id', async () => {
    const { id } = await berlin()
    const none = await safe(opened.client.previews.open({ serverId: id, path: 'nowhere', viewer: endpoint.name }))
    expect(isDefinedError(none.error) && none.error.code).toBe('NOT_FOUND')
    const idle = await opened.client.previews.open({ serverId: id, path: 'empty', viewer: endpoint.name })
    expect(idle).toMatchObject({ url: null, why: { kind: 'notLive' } })
    const live = await opened.client.previews.open({ serverId: id, path: 'studio/a b', viewer: endpoint.name })
    expect(live.url).toMatch(/^\/relay\//)
    await opened.client.previews.close({ previewId: live.previewId ?? '' })
  })

  test('a snapshot is asked for by server and path, and says why there is none', async () => {
    const { id } = await berlin()
    expect(await opened.client.snapshots.take({ serverId: id, path: 'studio/a b' })).toMatchObject({ picture: null, why: { kind: 'unavailable' } })
  })

  test('a caller who gives up is not waited for', async () => {
    const { launch, revision } = await opened.client.fleet.changes({ launch: null, since: 0, waitMs: 0 })
    const stop = new AbortController()
    const waiting = opened.client.fleet.changes({ launch, since: revision + 1000, waitMs: 30_000 }, { signal: stop.signal })
    stop.abort()
    await expect(waiting).rejects.toThrow()
    expect(await opened.client.access.hello()).toMatchObject({ product: 'mtxdeck' })
  })
})
