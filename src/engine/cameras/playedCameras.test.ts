import { createRouterClient } from '@orpc/server'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { closeWithoutBugs, createTestFleet } from '../../../tests/fakes/testFleet.ts'
import type { DemoFleet } from '../../demo/demoFleet.fixture.ts'
import { type Operator, soleOperator } from '../../shared/permissions.ts'
import type { TestEngines } from '../testEngines.ts'

const startAt = Date.UTC(2026, 10, 24, 8, 0, 0)
const ofGroup = (id: string, group: string): Operator => ({
  ...{ id, name: id, role: 'user', permission: null, limit: null },
  owns: { accountId: id, groups: [group] },
})
const guard = ofGroup('guard', 'Guards')

let engines: TestEngines
let demo: DemoFleet
beforeEach(async () => {
  ;({ engines, demo } = await createTestFleet(startAt, 'cameras', [
    {
      name: 'Berlin',
      paths: [
        { name: 'cam1', source: 'srtConn', readers: ['rtspSession'] },
        { name: 'cam2', source: 'srtConn' },
      ],
    },
  ]))
})
afterEach(() => closeWithoutBugs(engines))

async function watch() {
  const { engine, client } = await engines.start({ servers: demo.yamlServers() })
  await engines.clock.advance(20_000)
  await engine.settled()
  const serverId = (await client.servers.list())[0]?.id ?? ''
  const streams = [{ use: 'main' as const, serverId, path: 'cam1' }]
  const { id } = await client.cameras.add({ name: 'Gate', streams, owner: { kind: 'group', name: 'Guards' }, expected: 'always' })
  const as = (operator: Operator) => createRouterClient(engine.router, { context: { operator } }).cameras
  return { engine, client, serverId, id, as }
}

test('a camera shows the present state of its stream, and to those who may not see the fleet nothing of its server', async () => {
  const { client, serverId, id, as } = await watch()
  expect((await client.cameras.get({ id })).now).toMatchObject({
    serverId,
    serverName: 'Berlin',
    path: 'cam1',
    state: 'live',
    onAir: true,
    readers: 1,
    severity: null,
  })
  const seen = await as(guard).get({ id })
  expect(seen).toMatchObject({ streams: [], now: { serverId: null, serverName: null, path: null, state: 'live', onAir: true } })
  expect(JSON.stringify(await as(guard).list({}))).not.toMatch(/Berlin|cam1/)
  expect((await as(guard).list({ text: 'cam1' })).total).toBe(0)
})

test('streams name their camera, and those that no camera has are proposed', async () => {
  const { client, id } = await watch()
  expect((await client.streams.list({})).map(({ name, camera, expected }) => [name, camera, expected])).toEqual([
    ['cam1', { id, name: 'Gate' }, true],
    ['cam2', null, expect.any(Boolean)],
  ])
  expect((await client.cameras.proposals({})).streams).toMatchObject([{ serverName: 'Berlin', path: 'cam2', name: 'cam2' }])
  await client.cameras.add({ name: 'Cam2', project: 'Roof' })
  expect(
    (await client.cameras.proposals({})).streams.map(({ name }) => name),
    'a name that is taken',
  ).toEqual(['Berlin cam2'])
  expect((await client.cameras.unseen({})).cameras.map(({ name }) => name)).toEqual(['Cam2'])
  await client.cameras.add({ name: 'Nowhere', streams: [{ use: 'main', address: 'rtsp://10.0.0.1/a' }] })
  expect((await client.cameras.unseen({})).cameras.map(({ name }) => name)).toEqual(['Cam2', 'Nowhere'])
})

test('a camera that is always expected and was never seen is missing since it says so, whatever else of it is changed', async () => {
  const { client, serverId, engine } = await watch()
  const addedAt = engines.clock.now()
  const { id } = await client.cameras.add({ name: 'Hall', streams: [{ use: 'main', serverId, path: 'hall' }], expected: 'always' })
  await engines.clock.advance(30_000)
  await engine.settled()
  await client.cameras.update({ id, change: { notes: 'Key at the porter' } })
  await client.cameras.update({ id, change: { importance: 'low' } })
  await engines.clock.advance(60_000)
  await engine.settled()
  const stream = await client.streams.get({ serverId, path: 'hall' })
  expect(stream).toMatchObject({ state: 'gone', expected: true, expectedBy: { by: 'camera', since: addedAt }, outageSince: addedAt })
  expect((await client.cameras.unseen({})).cameras.map(({ name }) => name)).toEqual(['Hall'])
  const alarms = await client.alarms.list({})
  expect(alarms).toMatchObject([{ kind: 'streamGone', subject: { serverId, path: 'hall' }, why: { kind: 'neverLive' } }])
  await client.cameras.update({ id, change: { expected: null } })
  await engines.clock.advance(20_000)
  await engine.settled()
  await expect(client.streams.get({ serverId, path: 'hall' })).rejects.toThrow()
})

test('availability counts by what the camera of a stream says, as its state does', async () => {
  const { client, engine, serverId, id } = await watch()
  await client.onAir.add({ name: 'night', streams: ['cam1'], zone: 'UTC', weekly: ['MO-SU 22:00-23:00'] })
  const { id: morning } = await client.onAir.add({ name: 'morning', streams: ['other'], zone: 'UTC', weekly: ['MO-SU 08:00-08:01'] })
  await engines.clock.advance(180_000)
  await engine.settled()
  let asked = 0
  const upMs = async () => {
    // The same period is answered from what was read before.
    const { rows } = await client.availability.read({ of: 'stream', server: serverId, path: 'cam1', from: startAt - ++asked, to: engines.clock.now() })
    return Math.round((rows[0]?.upMs ?? 0) / 60_000)
  }
  const by = async () => (await client.streams.get({ serverId, path: 'cam1' })).expectedBy?.by
  expect([await by(), await upMs()], 'always').toEqual(['camera', 3])
  await client.cameras.update({ id, change: { expected: morning } })
  expect([await by(), await upMs()]).toEqual(['camera', 1])
  await client.cameras.update({ id, change: { expected: null } })
  expect([await by(), await upMs()]).toEqual(['plan', 0])
})

test('a stream of two cameras belongs to the more important one, then to the first by name, of those that one may see', async () => {
  const { client, serverId, id, as } = await watch()
  const stream = { use: 'main', serverId, path: 'cam1' } as const
  const of = async () => (await client.streams.list({})).find(({ name }) => name === 'cam1')?.camera?.name
  const other = await client.cameras.add({ name: 'Door', streams: [stream] })
  expect(await of()).toBe('Door')
  await client.cameras.update({ id, change: { importance: 'high' } })
  expect(await of()).toBe('Gate')
  await client.cameras.update({ id: other.id, change: { importance: 'high' } })
  expect(await of()).toBe('Door')
  expect((await as(guard).list({})).cameras.map(({ name }) => name)).toEqual(['Gate'])
})

test('a live picture of a camera is for whoever opened it, and for nobody else', async () => {
  const { engine, id, as } = await watch()
  const opened = await as(guard).play({ id, viewer: 'window' })
  const status = async (operator: Operator, url = opened.url) => (await engine.relay(new Request(`http://console${url}`), 'en', operator)).status
  expect(await status(guard)).toBe(200)
  expect(await status(ofGroup('other', 'Guards'))).toBe(404)
  expect(await status(soleOperator)).toBe(404)
  expect(await status(guard, '/relay/recordings?server=Berlin&path=cam1&since=0&until=1')).toBe(403)
  await as(ofGroup('other', 'Guards')).stop({ previewId: opened.previewId ?? '' })
  expect(await status(guard)).toBe(200)
  await as(guard).stop({ previewId: opened.previewId ?? '' })
  expect(await status(guard)).toBe(404)
})

test('a live picture ends with the right to see its camera, and tells nothing of the server that does not give it', async () => {
  const { engine, client, id, as } = await watch()
  const { url } = await as(guard).play({ id, viewer: 'window' })
  const ask = (operator = guard) => engine.relay(new Request(`http://console${url}`), 'en', operator)
  expect((await ask()).status).toBe(200)
  demo.server('Berlin').trouble({ kind: 'die' })
  const failed = await ask()
  expect([failed.status, await failed.json()]).toMatchObject([502, { why: { kind: 'noPictureNow' } }])
  for (const now of [
    { ...guard, owns: { accountId: 'guard', groups: [] } },
    { ...guard, limit: { projects: ['elsewhere'], tags: [] } },
  ])
    expect((await ask(now)).status).toBe(404)
  await client.cameras.update({ id, change: { streams: [] } })
  expect((await ask()).status).toBe(404)
})

test('a camera becomes a path of a server and is taken away again, without its password in any answer', async () => {
  const { client, serverId, as } = await watch()
  const { id } = await client.cameras.add({ name: 'Tür 1', project: 'Yard', streams: [{ use: 'main', address: 'rtsp://admin:s3cret@10.0.0.1/a' }] })
  await expect(as(guard).push({ id, serverId, reason: 'x' })).rejects.toMatchObject({ code: 'FORBIDDEN' })
  // Whoever may only operate would take the names of all other streams.
  for (const all of ['all', 'all_others', '~.', '~cam'])
    await expect(client.cameras.push({ id, serverId, path: all, reason: 'x' })).rejects.toMatchObject({ code: 'BAD_REQUEST' })
  const { id: named } = await client.cameras.add({ name: 'All', streams: [{ use: 'main', address: 'rtsp://10.0.0.1/b' }] })
  expect((await client.cameras.pushPreview({ id: named, serverId })).path).toMatch(/^camera-/)
  const { basis, path, yaml } = await client.cameras.pushPreview({ id, serverId })
  expect([path, yaml]).toEqual(['yard/tur-1', 'paths:\n  yard/tur-1:\n    source: rtsp://***@10.0.0.1/a\n    sourceOnDemand: true\n'])
  const pushed = await client.cameras.push({ id, serverId, basis, reason: 'ticket 1' })
  expect(pushed).toMatchObject({ outcome: 'applied', camera: { pushed: { serverId, path }, now: { path } } })
  await expect(client.cameras.push({ id, serverId, reason: 'again' })).rejects.toMatchObject({ data: { kind: 'cameraPushedAlready' } })
  expect((await client.pathEdits.read({ id: serverId, path })).settings.find(({ name }) => name === 'sourceOnDemand')?.value).toBe(true)
  const withdrawn = await client.cameras.withdraw({ id, reason: 'ticket 2' })
  expect(withdrawn).toMatchObject({ outcome: 'applied', camera: { pushed: null }, yaml: '' })
  await expect(client.cameras.withdraw({ id, reason: 'again' })).rejects.toMatchObject({ data: { kind: 'cameraNotPushed' } })
  expect(JSON.stringify([pushed, withdrawn, yaml])).not.toContain('s3cret')
})

test('a camera is pushed once at a time: of two at once one is told so, and there is one path', async () => {
  const { client, serverId } = await watch()
  const { id } = await client.cameras.add({ name: 'Gate', streams: [{ use: 'main', address: 'rtsp://10.0.0.1/a' }] })
  const both = await Promise.allSettled(['one', 'two'].map((path) => client.cameras.push({ id, serverId, path, reason: 'x' })))
  expect(both).toMatchObject([{ status: 'fulfilled' }, { status: 'rejected', reason: { data: { kind: 'running' } } }])
  await expect(client.pathEdits.read({ id: serverId, path: 'two' })).resolves.toMatchObject({ configured: false })
  const [one, two] = await Promise.allSettled([client.cameras.withdraw({ id, reason: 'x' }), client.cameras.push({ id, serverId, path: 'two', reason: 'x' })])
  expect([one, two]).toMatchObject([{ status: 'fulfilled' }, { status: 'rejected', reason: { data: { kind: 'running' } } }])
})

test('an alarm names the camera of its stream, and is a step more or less severe by its importance', async () => {
  const { client, engine, serverId, id, as } = await watch()
  const viewer: Operator = { ...ofGroup('viewer', 'Others'), permission: 'view' }
  const seenBy = (operator: Operator) => createRouterClient(engine.router, { context: { operator } })
  await client.cameras.update({ id, change: { importance: 'high', place: 'Mast 3' } })
  const { id: hall } = await client.cameras.add({ name: 'Hall', importance: 'low', expected: 'always', streams: [{ use: 'main', serverId, path: 'hall' }] })
  await engines.clock.advance(90_000)
  await engine.settled()
  const alarm = async () => (await client.alarms.list({ path: 'hall' })).find(({ kind }) => kind === 'streamGone')
  const lower = await alarm()
  expect(lower).toMatchObject({ severity: 'major', camera: { id: hall, name: 'Hall', place: '' } })
  await client.cameras.update({ id: hall, change: { importance: 'high', name: 'Great hall' } })
  await engines.clock.advance(10_000)
  await engine.settled()
  const higher = await alarm()
  expect(higher).toMatchObject({ id: lower?.id, severity: 'critical', camera: { name: 'Great hall' } })
  expect(higher?.camera, 'nothing is more than critical').not.toHaveProperty('otherwise')
  expect((await client.incidents.list({}))[0]).toMatchObject({ severity: 'critical', camera: { name: 'Great hall' } })
  expect((await client.cameras.get({ id: hall })).now.severity).toBe('critical')
  const ofViewer = seenBy(viewer)
  const told = await Promise.all([
    ...[ofViewer.alarms.list({}), ofViewer.alarms.get({ id: higher?.id ?? '' }), ofViewer.handovers.current()],
    ...[ofViewer.incidents.list({}), ofViewer.incidents.get({ id: higher?.incident ?? '' }), ofViewer.fleet.changes({ launch: null, since: -1, waitMs: 0 })],
  ])
  expect(JSON.stringify(told)).toContain('hall')
  expect(JSON.stringify(told)).not.toContain('Great')
  expect((await as(viewer).list({})).total).toBe(0)
  await client.cameras.update({ id: hall, change: { expected: null } })
  await engines.clock.advance(120_000)
  await client.alarms.acknowledge({ ids: [lower?.id ?? ''] }).catch(() => {})
  await engines.clock.advance(10_000)
  await engine.settled()
  const found = async (operator: Operator) => (await seenBy(operator).alarms.past({ q: 'great' })).map(({ camera }) => camera?.name)
  expect(await found(soleOperator)).toEqual(['Great hall'])
  expect(await found(viewer)).toEqual([])
  expect((await seenBy(viewer).alarms.past({ q: 'hall' })).map(({ camera }) => camera)).toEqual([undefined])
})

test('what is unknown is no trouble of a camera', async () => {
  const { client, engine } = await watch()
  demo.server('Berlin').trouble({ kind: 'die' })
  await engines.clock.advance(60_000)
  await engine.settled()
  expect((await client.cameras.list({})).cameras[0]?.now).toMatchObject({ state: 'unknown', severity: null })
})
