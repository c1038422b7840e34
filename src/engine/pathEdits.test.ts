import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { request } from 'undici'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { closeWithoutBugs, createSite, createTestFleet } from '../../tests/fakes/testFleet.ts'
import type { DemoFleet } from '../demo/demoFleet.fixture.ts'
import type { TestEngines } from './testEngines.ts'

const startAt = Date.UTC(2026, 10, 23, 8)
const camera = 'rtsp://camuser:campass@10.4.1.20:554/cam/h264'

let engines: TestEngines
let demo: DemoFleet
beforeEach(async () => {
  ;({ engines, demo } = await createTestFleet(startAt, 'edits', [
    {
      name: 'Berlin',
      paths: [
        { name: 'cam1', source: 'srtConn', readers: ['rtspSession', 'rtspSession'] },
        { name: 'hall/1', mode: 'pulled', pullsFrom: camera },
      ],
    },
    { name: 'Wien', version: '1.9', paths: [{ name: 'cam1' }] },
  ]))
})
afterEach(() => closeWithoutBugs(engines))

async function watch(options: object = {}) {
  const servers = demo.yamlServers().map((server) => ({ ...server, intervalSeconds: 5 }))
  const { engine, client } = await engines.start({ servers }, { dataDir: join(engines.folder, 'data'), ...options })
  const [id, wien] = (await client.servers.list()).map((server) => server.id) as [string, string]
  await engines.clock.advance(20_000)
  await engine.settled()
  const apply = async (path: string, change: 'set' | 'add' | 'remove', settings: Record<string, unknown> = {}, on = id) => {
    const { basis } = await client.pathEdits.preview({ id: on, path, change, settings })
    return client.pathEdits.apply({ id: on, path, change, settings, basis, reason: 'ticket 4711' })
  }
  return { engine, client, id, wien, apply }
}
/** What the server itself has, its secrets included. */
const entry = async (path: string, name = 'Berlin') => {
  const { statusCode, body } = await request(`${demo.server(name).url}/v3/config/paths/get/${path}`)
  const fields = (await body.json()) as Record<string, unknown>
  return statusCode === 200 ? fields : null
}
const directly = async (method: 'PATCH' | 'POST' | 'DELETE', route: string, fields: object = {}) => {
  const { statusCode, body } = await request(`${demo.server('Berlin').url}/v3/config/paths/${route}`, { method, body: JSON.stringify(fields) })
  await body.dump()
  expect(statusCode).toBe(200)
}

test('settings are changed as previewed, read back, and told as an event', async () => {
  const { client, id, apply } = await watch()
  const before = await entry('cam1')
  const settings = { record: true, recordDeleteAfter: '48h', maxReaders: 7 }
  const preview = await client.pathEdits.preview({ id, path: 'cam1', change: 'set', settings })
  expect(preview).toMatchObject({
    lines: [
      { setting: 'record', before: 'false', after: 'true' },
      { setting: 'recordDeleteAfter', before: '1d', after: '48h' },
      { setting: 'maxReaders', before: '0', after: '7' },
    ],
    interrupts: 'streams',
    streams: 1,
    readers: 2,
  })
  // A preview changes nothing.
  expect(await entry('cam1')).toEqual(before)
  expect((await client.pathEdits.preview({ id, path: 'cam1', change: 'set', settings: { record: true } })).interrupts).toBe('recording')

  const edit = await apply('cam1', 'set', settings)
  expect(edit).toMatchObject({
    outcome: 'applied',
    error: null,
    notTaken: [],
  })
  expect(await entry('cam1')).toEqual({ ...before, ...settings })
  await expect(apply('cam1', 'set', { record: true, recordDeleteAfter: '2d' })).rejects.toMatchObject({ code: 'NOTHING_CHANGES' })

  await expect
    .poll(async () => (await client.history.events({ kinds: ['pathSettingsChanged'] })).map(({ facts }) => facts))
    .toEqual([
      expect.objectContaining({
        ...{ by: 'operator', reason: 'ticket 4711', path: 'cam1', change: 'set', outcome: 'applied' },
        ...{ setting: 'record', before: 'false', after: 'true', settings: 3 },
      }),
    ])
})

test('hidden values are neither shown, written over nor kept', async () => {
  const { client, id, apply, engine } = await watch()
  const before = await entry('hall/1')
  expect(before?.source).toBe(camera)
  const read = await client.pathEdits.read({ id, path: 'hall/1' })
  expect(read.settings.find(({ name }) => name === 'source')).toEqual({
    name: 'source',
    kind: 'text',
    value: 'rtsp://***@10.4.1.20:554/cam/h264',
    hidden: true,
    own: true,
  })
  expect(read.settings.find(({ name }) => name === 'maxReaders')).toMatchObject({ kind: 'number', value: 0, hidden: false, own: false })
  for (const source of ['rtsp://***@10.4.1.20:554/cam/h264', '<redacted>'])
    await expect(client.pathEdits.preview({ id, path: 'hall/1', change: 'set', settings: { source } })).rejects.toMatchObject({
      data: { kind: 'notAccepted', validationErrors: [{ field: 'settings.source', validationError: { kind: 'secretsHidden' } }] },
    })
  await apply('hall/1', 'set', { rtspTransport: 'tcp' })
  expect(await entry('hall/1')).toEqual({ ...before, rtspTransport: 'tcp' })

  const moved = 'rtsp://camuser:otherpass@10.4.1.21:554/cam'
  const edit = await apply('hall/1', 'set', { source: moved })
  expect(edit.lines).toEqual([{ setting: 'source', before: 'rtsp://***@10.4.1.20:554/cam/h264', after: 'rtsp://***@10.4.1.21:554/cam' }])
  const removal = await apply('hall/1', 'remove')
  expect(await entry('hall/1')).toBeNull()
  expect(removal.lines.map(({ setting, after }) => [setting, after])).toEqual([
    ['rtspTransport', null],
    ['source', null],
  ])
  await engine.settled()
  await engines.stop()
  const stored = readdirSync(join(engines.folder, 'data')).filter((name) => name.startsWith('main.db'))
  expect(stored.length).toBeGreaterThan(0)
  for (const file of stored)
    expect([
      file,
      readFileSync(join(engines.folder, 'data', file))
        .toString('latin1')
        .match(/otherpass|campass/),
    ]).toEqual([file, null])
  expect(engines.logged.join('\n')).not.toMatch(/otherpass|campass/)
  const next = await watch()
  expect(JSON.stringify(await next.client.history.events({}))).not.toMatch(/otherpass|campass/)
})

test('an entry is added and taken out again, and what does not fit is refused', async () => {
  const { client, id, apply } = await watch()
  expect((await client.pathEdits.read({ id, path: 'new' })).configured).toBe(false)
  const added = await apply('new', 'add', { maxReaders: 3 })
  expect(added).toMatchObject({ outcome: 'applied', lines: [{ setting: 'maxReaders', before: null, after: '3' }] })
  expect(await entry('new')).toMatchObject({ maxReaders: 3, source: 'publisher' })
  await expect(apply('new', 'add')).rejects.toMatchObject({ code: 'PATH_EXISTS' })
  await apply('new', 'remove')
  expect(await entry('new')).toBeNull()
  await expect(apply('new', 'set', { maxReaders: 4 })).rejects.toMatchObject({ code: 'NO_SUCH_PATH' })
  await expect(apply('cam1', 'set', { maxViewers: 4 })).rejects.toMatchObject({ code: 'OTHER_SETTING', data: { setting: 'maxViewers' } })
  const long = 'x'.repeat(20_000)
  await expect(client.pathEdits.preview({ id, path: 'cam1', change: 'set', settings: { runOnInit: long } })).rejects.toMatchObject({ code: 'BAD_REQUEST' })
  await expect(client.pathEdits.preview({ id, path: 'cam1', change: 'remove', settings: { record: true } })).rejects.toMatchObject({ code: 'BAD_REQUEST' })
  await expect(client.pathEdits.preview({ id: '019a0000-0000-7000-8000-000000000000', path: 'cam1', change: 'remove' })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  })
})

test('what somebody else changed meanwhile is not written over', async () => {
  const { client, id } = await watch()
  const asked = { id, path: 'cam1', change: 'set' as const, settings: { maxReaders: 7 } }
  const { basis } = await client.pathEdits.preview(asked)
  await directly('PATCH', 'patch/cam1', { record: true })
  await expect(client.pathEdits.apply({ ...asked, basis, reason: 'x' })).rejects.toMatchObject({ code: 'CHANGED_MEANWHILE', status: 409 })
  expect(await entry('cam1')).toMatchObject({ maxReaders: 0, record: true })
  const again = await client.pathEdits.preview(asked)
  const both = await Promise.allSettled([1, 2].map(() => client.pathEdits.apply({ ...asked, basis: again.basis, reason: 'twice' })))
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'RUNNING' } })
})

test('a server that refuses says why, without the secrets that it was sent', async () => {
  const { client, id, apply } = await watch()
  const edit = await apply('cam1', 'set', { source: 'hunter2-not-an-address' })
  expect(edit).toMatchObject({ outcome: 'refused', notTaken: [], error: { kind: 'httpStatus', status: 400 } })
  expect(JSON.stringify(edit)).not.toContain('hunter2')
  expect(edit.error).toMatchObject({ message: expect.stringContaining('invalid source') })
  // A server from 1.16 on would refuse every further change, whatever it is about, if it were not told the former value again.
  expect(await apply('other', 'add', { maxReaders: 2 })).toMatchObject({ outcome: 'applied' })
  demo.server('Berlin').trouble({ kind: 'status', status: 503 })
  await expect(client.pathEdits.read({ id, path: 'cam1' })).rejects.toMatchObject({
    code: 'NOT_CHANGED',
    data: { name: 'Berlin', error: { kind: 'httpStatus' } },
  })
})

test('where the answer is lost, what the server has afterwards counts', async () => {
  const real = demo.server('Wien').url
  const proxy = await createSite(engines, (asked, answer) => {
    const chunks: Buffer[] = []
    asked.on('data', (chunk: Buffer) => chunks.push(chunk))
    asked.on('end', async () => {
      const body = Buffer.concat(chunks)
      const method = asked.method as 'GET'
      const reply = await request(`${real}${asked.url}`, { method, ...(body.length > 0 && { body }) })
      const said = Buffer.from(await reply.body.arrayBuffer())
      if (method !== 'GET') asked.socket.destroy()
      else answer.writeHead(reply.statusCode, { 'content-type': String(reply.headers['content-type'] ?? 'text/plain') }).end(said)
    })
  })
  const { client } = await watch()
  const { id } = await client.servers.add({ name: 'Graz', url: proxy, auth: { kind: 'none' } })
  const settings = { maxReaders: 4 }
  const { basis } = await client.pathEdits.preview({ id, path: 'cam1', change: 'set', settings })
  expect(await client.pathEdits.apply({ id, path: 'cam1', change: 'set', settings, basis, reason: 'x' })).toMatchObject({ outcome: 'applied', error: null })
  expect(await entry('cam1', 'Wien')).toMatchObject({ maxReaders: 4 })
  await client.servers.remove({ id })
  await expect(client.pathEdits.read({ id, path: 'cam1' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

test('a build without a version of its own interrupts what its settings say that it does', async () => {
  const real = demo.server('Berlin').url
  const proxy = await createSite(engines, async (asked, answer) => {
    const reply = await request(`${real}${asked.url}`)
    const said = asked.url === '/v3/info' ? '{"version":"v0.0.0"}' : Buffer.from(await reply.body.arrayBuffer())
    answer.writeHead(reply.statusCode, { 'content-type': 'application/json', server: 'mediamtx' }).end(said)
  })
  const { engine, client } = await watch()
  const { id } = await client.servers.add({ name: 'Graz', url: proxy, auth: { kind: 'none' } })
  await engines.clock.advance(20_000)
  await engine.settled()
  expect((await client.servers.get({ id })).version).toBe('v0.0.0')
  const preview = await client.pathEdits.preview({ id, path: 'cam1', change: 'set', settings: { recordFormat: 'mpegts' } })
  expect(preview.interrupts).toBe('recording')
})

test('an older server is changed by the same routes', async () => {
  const { client, wien, apply } = await watch()
  expect((await client.pathEdits.preview({ id: wien, path: 'cam1', change: 'set', settings: { record: true, recordFormat: 'mpegts' } })).interrupts).toBe(
    'streams',
  )
  expect(await apply('cam1', 'set', { record: true }, wien)).toMatchObject({ outcome: 'applied' })
  await expect(apply('cam1', 'set', { forward: [] }, wien)).rejects.toMatchObject({ code: 'OTHER_SETTING' })
})
