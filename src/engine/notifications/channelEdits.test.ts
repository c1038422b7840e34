import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { bytesOfMain, createTestEngines, refused, type TestEngines, testSecretsKey } from '../testEngines.ts'

const startAt = Date.UTC(2026, 10, 14, 3)
let engines: TestEngines
beforeEach(async () => {
  engines = await createTestEngines(startAt)
})
afterEach(() => engines[Symbol.asyncDispose]())

/** An HTTP server that keeps what it is sent. */
async function receiver() {
  const got: { readonly path: string; readonly headers: IncomingMessage['headers'] }[] = []
  const server = createServer((request, response) => {
    request.resume()
    got.push({ path: request.url ?? '', headers: request.headers })
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  engines.open.defer(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, got }
}
type Client = Awaited<ReturnType<TestEngines['start']>>['client']
const named = async (client: Client, name: string) => (await client.channels.list()).find((channel) => channel.name === name)

test('a channel that is added in the console is notified at once and after a restart, and says who added it', async () => {
  const { origin, got } = await receiver()
  const first = await engines.start()
  await first.client.channels.add({ name: 'ops', webhook: `${origin}/hook?token=hunter2`, secret: 'shared', headers: { 'X-Team': 'noc' }, atMost: '100' })
  expect(await named(first.client, 'ops')).toMatchObject({ kind: 'webhook', origin, limit: { messages: 100 }, entered: { by: 'operator', at: startAt } })
  await engines.stop(first.engine)
  const { client } = await engines.start()
  expect(await client.channels.test({ name: 'ops' })).toMatchObject({ failure: null })
  expect(got).toMatchObject([{ path: '/hook?token=hunter2', headers: { 'x-team': 'noc', 'x-mtxdeck-signature': expect.stringMatching(/^sha256=/) } }])
  expect((await client.history.events({ kinds: ['channelEdited'] })).map(({ facts }) => facts)).toEqual([{ channel: 'ops', by: 'operator', what: 'added' }])
})

test('what may be secret is sealed in the store, and in no answer', async () => {
  const { client, engine } = await engines.start()
  await client.channels.add({ name: 'ops', webhook: 'https://hook.example/hunter2', secret: 'hunter2-too', headers: { authorization: 'hunter2' } })
  await client.channels.add({ name: 'mail', email: 'noc@example.org', from: 'a@example.org', smtp: 'smtp://mail.example:587', user: 'noc', secret: 'hunter2' })
  expect(await client.channels.entries({ name: 'ops' })).toEqual({ name: 'ops' })
  expect(await client.channels.entries({ name: 'mail' })).toEqual({
    ...{ name: 'mail', email: 'noc@example.org', from: 'a@example.org', smtp: 'smtp://mail.example:587', user: 'noc' },
  })
  expect(JSON.stringify([await client.channels.list(), await client.channels.idle()])).not.toContain('hunter2')
  await engines.stop(engine)
  const store = bytesOfMain(engines.folder)
  expect(store).toContain('hook.example')
  expect(store).not.toContain('hunter2')
  expect(engines.logged.join('')).not.toContain('hunter2')
})

test('a change keeps what it does not name, and takes a secret nowhere else', async () => {
  const { client } = await engines.start()
  const mail = { name: 'mail', email: 'noc@example.org', from: 'a@example.org', smtp: 'smtp://mail.example:587', user: 'noc', secret: 'hunter2' }
  await client.channels.add(mail)
  await client.channels.update({ name: 'mail', change: { email: ['noc@example.org', 'boss@example.org'], digestMinutes: '30' } })
  expect(await named(client, 'mail')).toMatchObject({ digestMinutes: 30 })
  await client.channels.update({ name: 'mail', change: { digestMinutes: '' } })
  expect(await named(client, 'mail')).toMatchObject({ digestMinutes: null })
  expect(await refused(client.channels.update({ name: 'mail', change: { smtp: 'smtp://thief.example:587' } }))).toMatch(/secret/)
  expect(await named(client, 'mail')).toMatchObject({ origin: 'smtp://mail.example:587' })
  await client.channels.update({ name: 'mail', change: { smtp: 'smtp://new.example:587', secret: 'another' } })
  expect(await named(client, 'mail')).toMatchObject({ origin: 'smtp://new.example:587' })
  expect(await refused(client.channels.update({ name: 'mail', change: { webhook: 'https://hook.example' } }))).toMatch(/^This name is taken/)
})

test('what is wrong is said in the words of the configuration file, and nothing is stored', async () => {
  const { client } = await engines.start()
  const tries = [
    [{ name: 'ops' }, /webhook/],
    [{ name: '', webhook: 'https://hook.example' }, /name/],
    [{ name: 'ops', webhook: 'hook.example' }, /webhook: expected a value such as https/],
    [{ name: 'ops', webhook: '' }, /webhook: expected a value such as https/],
    [{ name: 'ops', webhook: 'https://hook.example', secretFile: '/etc/shadow' }, /secretFile/],
    [{ name: 'ops', webhook: 'https://hook.example', templateFile: '{{ title' }, /template/i],
    [{ name: 'ops', pagerduty: 'https://events.pagerduty.com' }, /secret/],
  ] as const
  for (const [entries, said] of tries) expect(await refused(client.channels.add({ ...entries }))).toMatch(said)
  expect(await client.channels.list()).toEqual([])
})

test('a name of the configuration file is taken, and if the file takes that of a channel later, the file counts until it lets it go', async () => {
  const first = await engines.start({ channels: [{ name: 'Ops', webhook: 'https://file.example' }] })
  expect(await refused(first.client.channels.add({ name: 'ops', webhook: 'https://hook.example' }))).toMatch(/name/)
  expect(await refused(first.client.channels.remove({ name: 'Ops' }))).toMatch(/configuration file/)
  await first.client.channels.add({ name: 'mine', webhook: 'https://hook.example' })
  await engines.stop(first.engine)
  const second = await engines.start({ channels: [{ name: 'MINE', webhook: 'https://file.example' }] })
  expect((await second.client.channels.list()).map(({ name, entered }) => [name, entered])).toEqual([['MINE', null]])
  expect(await second.client.channels.idle()).toEqual([{ name: 'mine', kind: 'webhook', origin: 'https://hook.example', because: 'inFile' }])
  await engines.stop(second.engine)
  const { client } = await engines.start()
  expect((await client.channels.list()).map(({ name }) => name)).toEqual(['mine'])
})

test('a channel whose secrets were sealed with another key sends nothing, says so, and can be entered again or removed', async () => {
  const first = await engines.start()
  await first.client.channels.add({ name: 'ops', webhook: 'https://hook.example/a' })
  await engines.stop(first.engine)
  const { client } = await engines.start({}, { secretsKey: { ...testSecretsKey, key: new Uint8Array(32).fill(9) } })
  expect(await client.channels.list()).toEqual([])
  expect(await client.channels.idle()).toMatchObject([{ name: 'ops', because: 'sealed' }])
  expect(engines.bugs).toHaveLength(1)
  await client.channels.update({ name: 'ops', change: { webhook: 'https://hook.example/b' } })
  expect(await client.channels.idle()).toEqual([])
  await client.channels.remove({ name: 'ops' })
  expect(await client.channels.list()).toEqual([])
})

test('where secrets cannot be kept, a channel is refused', async () => {
  const { client } = await engines.start({}, { secretsKey: { protection: 'none', kept: { kind: 'noKeychain' } as never, key: null } })
  expect(await refused(client.channels.add({ name: 'ops', webhook: 'https://hook.example' }))).toMatch(/cannot be stored/)
})

test('routes that are added in the console count beside those of the file, and outlive a channel that is removed', async () => {
  const { client, engine } = await engines.start({ channels: [{ name: 'ops', webhook: 'https://file.example' }], routes: [{ to: ['ops'] }] })
  await client.channels.add({ name: 'night', webhook: 'https://night.example' })
  const { id } = await client.channels.addRoute({ to: ['night'], severities: ['critical'], hours: '22:00-06:00', zone: 'Europe/Berlin' })
  expect(await client.channels.routes()).toMatchObject([
    { to: ['ops'], entered: null },
    { to: ['night'], severities: ['critical'], times: { weekly: ['MO-SU 22:00-06:00'] }, entered: { id, by: 'operator' } },
  ])
  await client.channels.updateRoute({ id, route: { to: ['night', 'ops'], escalate: { afterMinutes: '10', to: ['ops'] } } })
  expect(await client.channels.routes()).toMatchObject([
    {},
    { to: ['night', 'ops'], severities: null, times: null, escalate: { afterMinutes: 10, to: ['ops'] } },
  ])
  expect(await refused(client.channels.addRoute({ to: ['nobody'] }))).toMatch(/night/)
  expect(await refused(client.channels.addRoute({}))).toMatch(/to/)
  expect(await refused(client.channels.addRoute({ to: ['ops'], escalate: { afterMinutes: '10', to: [] } }))).toMatch(/escalate/)
  await client.channels.remove({ name: 'night' })
  expect(await client.channels.routes()).toMatchObject([{}, { to: ['ops'] }])
  await engines.stop(engine)
  const again = await engines.start({ channels: [{ name: 'ops', webhook: 'https://file.example' }], routes: [{ to: ['ops'] }] })
  await again.client.channels.removeRoute({ id })
  expect(await again.client.channels.routes()).toHaveLength(1)
  expect(await refused(again.client.channels.removeRoute({ id }))).toMatch(/^This does not exist/)
})

test('a route whose channels are removed notifies those that are left, and never everybody', async () => {
  const { client } = await engines.start()
  for (const name of ['ops', 'boss', 'public']) await client.channels.add({ name, webhook: `https://${name}.example` })
  const { id } = await client.channels.addRoute({ to: ['ops'], escalate: { afterMinutes: '10', to: ['boss'] } })
  await client.channels.remove({ name: 'boss' })
  expect(await client.channels.routes()).toMatchObject([{ to: ['ops'], escalate: null, entered: { id } }])
  await client.channels.remove({ name: 'ops' })
  expect(await client.channels.routes()).toMatchObject([{ to: [], entered: { id } }])
})

test('a kept secret is not sent with less protection than before', async () => {
  const { client } = await engines.start()
  await client.channels.add({ name: 'mail', email: 'noc@example.org', from: 'a@example.org', smtp: 'smtp://mail.example:587', user: 'noc', secret: 'hunter2' })
  for (const change of [{ startTls: 'false' }, { caFile: '-----BEGIN CERTIFICATE-----' }])
    expect(await refused(client.channels.update({ name: 'mail', change }))).toMatch(/secret/)
})

test('a route that is entered before any channel is refused with that reason', async () => {
  const { client } = await engines.start()
  expect(await refused(client.channels.addRoute({ to: ['ops'] }))).toMatch(/no channel yet/)
})

test('names that are not what they look like, and headers that lead elsewhere or cannot be sent, are refused', async () => {
  const { client } = await engines.start()
  for (const name of ['ops\ud800', 'ops\u0000', 'ops\nnight', '\u202espo', ''])
    expect(await refused(client.channels.add({ name, webhook: 'https://hook.example' }))).toMatch(/name/)
  expect(await refused(client.channels.add({ name: 'ops', webhook: 'https://hook.example', headers: { 'Content-Length': '5' } }))).toMatch(/such as X-Team/)
  for (const headers of [{ Host: 'thief.example' }, { 'x-team': 'é😀' }, { 'x-team': '\u0001' }, { 'x\r\nevil': 'a' }])
    expect(await refused(client.channels.add({ name: 'ops', webhook: 'https://hook.example', headers }))).toMatch(/headers/)
  await client.channels.add({ name: 'noc:night', webhook: 'https://hook.example/a' })
  expect(await client.channels.entries({ name: 'noc:night' })).toEqual({ name: 'noc:night' })
})

test('an error page that names the secret address says it to nobody', async () => {
  const server = createServer((request, response) => void response.writeHead(404).end(`Cannot POST ${request.url}`))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  engines.open.defer(() => new Promise<void>((resolve) => server.close(() => resolve())))
  const { client } = await engines.start()
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await client.channels.add({ name: 'chat', teams: `${origin}/workflows/hunter2abc/triggers` })
  expect(JSON.stringify(await client.channels.test({ name: 'chat' }))).toContain('Cannot POST')
  expect(JSON.stringify([await client.channels.list(), engines.logged])).not.toContain('hunter2')
})
