import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestConsole, type TestConsole } from '../../src/headless/testConsole.fixture.ts'
import { contract } from '../../src/shared/contract.ts'

let deck: TestConsole
beforeAll(async () => {
  deck = await startTestConsole()
})
afterAll(() => deck[Symbol.asyncDispose]())

interface Procedure {
  readonly '~orpc': { readonly route: { readonly method?: string; readonly path?: string } }
}
const changing = Object.entries(contract as unknown as Record<string, Record<string, Procedure>>).flatMap(([noun, procedures]) =>
  Object.entries(procedures).flatMap(
    ([
      name,
      {
        '~orpc': { route },
      },
    ]) => (route.method === 'GET' || route.path === undefined ? [] : [{ call: `${noun}.${name}`, method: route.method ?? 'POST', path: route.path }]),
  ),
)
const send = async (method: string, path: string, body: unknown) => {
  const answer = await deck.ask(`/api${path}`, { method, body: JSON.stringify(body), headers: { 'Content-Type': 'application/json', connection: 'close' } })
  return { status: answer.status, text: await answer.text() }
}

test.each(changing)('$call refuses a key that it does not know, by its name', async ({ method, path }) => {
  const { status, text } = await send(method, path.replaceAll(/\{[^}]*\}/g, 'none'), { nonsense: 1 })
  expect([status, JSON.parse(text).data]).toMatchObject([
    400,
    {
      kind: 'notAccepted',
      validationErrors: expect.arrayContaining([{ field: 'nonsense', validationError: expect.objectContaining({ kind: 'unknownKey' }) }]),
    },
  ])
})

test.each(changing.filter(({ method }) => method === 'PUT' || method === 'PATCH'))('$call refuses a change of nothing', async ({ method, path }) => {
  const { status, text } = await send(method, path.replaceAll(/\{[^}]*\}/g, 'none'), {})
  expect([status, JSON.parse(text).data]).toMatchObject([400, { kind: 'notAccepted', validationErrors: [{ validationError: { kind: 'missing' } }] }])
})

test('a change of a server beside `change`, with a misspelt key in it, or of nothing is refused, and changes nothing', async () => {
  const added = await send('POST', '/servers', { name: 'Berlin', url: 'http://127.0.0.1:1', paused: true })
  expect(added.status).toBe(201)
  const { id } = JSON.parse(added.text)
  for (const body of [{ url: 'http://127.0.0.1:2' }, {}, { change: {} }, { change: { adress: 'x' } }, { change: { addresses: { hsl: 'http://x:1' } } }])
    expect([body, (await send('PATCH', `/servers/${id}`, body)).status]).toEqual([body, 400])
  expect(JSON.parse((await send('PATCH', `/servers/${id}`, { change: { nmae: 'x' } })).text).message).toContain('name')
  expect((await send('PATCH', `/servers/${id}?lang=de`, { change: { name: 'Hamburg' } })).status).toBe(200)
  expect((await send('DELETE', `/servers/${id}?lang=de`, undefined)).status).toBe(204)
})
