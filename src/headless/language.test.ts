import { createRouterClient } from '@orpc/server'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { DeckEvent } from '../shared/events.ts'
import type { TroubleReport } from '../shared/fleet.ts'
import { soleOperator } from '../shared/permissions.ts'
import { startTestConsole, type TestConsole } from './testConsole.fixture.ts'

let deck: TestConsole
beforeEach(async () => {
  deck = await startTestConsole()
  const validationError = { kind: 'notWithin', least: 0.01, most: 3650 } as const
  deck.engine.refuseYaml('mtxdeck.yaml', [
    { at: 'mtxdeck.yaml:3:1', key: 'keepDays', validationError },
    { at: 'mtxdeck.yaml:9:1', key: '', validationError },
  ])
})
afterEach(() => deck[Symbol.asyncDispose]())

async function texts(query = '', language?: string) {
  const answer = await deck.ask(`/api/events${query}`, language === undefined ? {} : { headers: { 'Accept-Language': language } })
  const events = (await answer.json()) as DeckEvent[]
  return events.filter(({ kind }) => kind === 'configurationRefused').map(({ text }) => text)
}
const ask = async <T>(path: string, language?: string): Promise<T> =>
  (await (await deck.ask(path, language === undefined ? {} : { headers: { 'Accept-Language': language } })).json()) as T
const english = [
  'The configuration file was changed and cannot be used; what was read before stays in force. mtxdeck.yaml:3:1: keepDays: expected a number from 0.01 to 3,650 (and 1 more)',
]
const german = [
  'Die geänderte Konfigurationsdatei ist nicht verwendbar; es gilt weiter, was vorher gelesen wurde. mtxdeck.yaml:3:1: keepDays: erwartet: eine Zahl von 0,01 bis 3.650 (und 1 weitere)',
]

test('REST tells events in the language that is asked for, whatever its country, and in English where there is none', async () => {
  expect(await texts()).toEqual(english)
  expect(await texts('?lang=de')).toEqual(german)
  expect(await texts('?lang=de-AT')).toEqual(german)
  expect(await texts('', 'fr-CH, de-AT;q=0.8, ko;q=0.5')).toEqual(german)
  expect(await texts('', 'fr')).toEqual(english)
  expect(await texts('?lang=tlh')).toEqual(english)
  expect(await texts('?lang=de', 'ko'), 'the address decides').toEqual(german)
})

test('REST says what is wrong and why in the language that is asked for, in lists, for one stream and in the feed', async () => {
  const client = createRouterClient(deck.engine.router, { context: { operator: soleOperator } })
  const { id } = await client.servers.add({ name: 'Wien', url: 'http://127.0.0.1:1' })
  await expect.poll(async () => (await ask<TroubleReport[]>('/api/troubles')).length).toBe(1)
  const [trouble] = await ask<TroubleReport[]>('/api/troubles?lang=de')
  expect(trouble).toMatchObject({
    serverId: id,
    why: { kind: 'serverError', error: { kind: 'unreachable', reason: 'refused' } },
    text: 'Verbindung abgewiesen: Unter dieser Adresse antwortet kein Dienst.',
    todo: 'Prüfen Sie, ob MediaMTX läuft und ob in mediamtx.yml „api: yes“ und dieser Port in apiAddress steht.',
  })
  expect(await ask('/api/monitoring/alerts', 'de')).toMatchObject([{ message: trouble?.text, todo: trouble?.todo }])
  expect(await ask('/api/fleet/changes?lang=ko')).toMatchObject({
    alarms: [{ text: '연결 거부됨: 이 주소에서 수신 대기 중인 서비스가 없습니다.' }],
    consoleTrouble: null,
  })
})

test('REST says why a host is not read in the language that is asked for, in the list and where it answers a change', async () => {
  const client = createRouterClient(deck.engine.router, { context: { operator: soleOperator } })
  const { id } = await client.hosts.add({ name: 'Wien', ssh: 'noc@127.0.0.1:1', auth: { kind: 'password', password: 'watch-me' } })
  await expect.poll(async () => (await client.hosts.list())[0]?.error?.kind).toBe('refused')
  const listed = await ask<{ readonly error: { readonly words: string } }[]>('/api/hosts?lang=de')
  expect(listed[0]?.error.words).toMatch(/weist die Verbindung ab/)
  const body = JSON.stringify({ change: { name: 'Wien 2' } })
  const renamed = await deck.ask(`/api/hosts/${id}?lang=de`, { method: 'PATCH', headers: { 'Content-Type': 'application/json' }, body })
  expect(await renamed.json()).toMatchObject({ name: 'Wien 2', error: listed[0]?.error })
})

test('REST takes no *** for a secret: an address that is shown without its secrets is refused where they are not known', async () => {
  const send = async (method: string, path: string, body: object) => {
    const answer = await deck.ask(`${path}?lang=de`, { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
    return { status: answer.status, body: (await answer.json()) as { readonly id: string; readonly url: string } }
  }
  const added = await send('POST', '/api/probes', { name: 'gate', url: 'rtsp://noc:s3cret@127.0.0.1:1/gate', paused: true })
  const { id, url } = added.body
  expect(url).toBe('rtsp://***@127.0.0.1:1/gate')
  const elsewhere = 'rtsp://***@127.0.0.1:1/other'
  const hidden = { status: 422, body: { message: expect.stringMatching(/^Die Adresse enthält \*\*\*/), data: { kind: 'secretsHidden' } } }
  expect(await send('PATCH', `/api/probes/${id}`, { change: { url: elsewhere } })).toMatchObject(hidden)
  expect(await send('POST', '/api/probes', { name: 'other', url: elsewhere, paused: true })).toMatchObject(hidden)
  expect(await send('POST', '/api/probes/test', { id, url: elsewhere })).toMatchObject(hidden)
  expect(await send('POST', '/api/probes/import', { allowsThisMachine: true, csv: `name,url\ngate,${elsewhere}\nother,${url}\n` })).toMatchObject({
    status: 200,
    body: { added: 0, changed: 0, validationErrors: [2, 3].map((line) => ({ line, column: 'url', validationError: { kind: 'secretsHidden' } })) },
  })
  const asShown = await send('PATCH', `/api/probes/${id}`, { change: { url, project: 'north' } })
  expect(asShown).toMatchObject({ status: 200, body: { url, project: 'north' } })
})

test('REST says why it refuses in the language that is asked for, with a kind for scripts', async () => {
  const error = async (path: string, init: RequestInit = {}) => await (await deck.ask(path, init)).json()
  expect(await error('/api/servers/nobody?lang=de')).toMatchObject({
    code: 'NOT_FOUND',
    message: 'Das gibt es nicht; vielleicht wurde es entfernt oder ist beendet.',
    data: { kind: 'noSuch' },
  })
  expect(await error('/api/servers/nobody')).toMatchObject({ message: 'This does not exist; it may have been removed or has ended.' })
  expect(await error('/api/nowhere', { headers: { 'Accept-Language': 'ru' } })).toMatchObject({
    message: 'Такого маршрута нет; все перечислены в /api/openapi.json.',
    data: { kind: 'noSuchRoute' },
  })
  expect(await error('/api/servers?lang=ko', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"name":"x"}' })).toMatchObject({
    code: 'BAD_REQUEST',
    message: expect.stringMatching(/^받아들이지 않았습니다\. url: /),
    data: { kind: 'notAccepted', validationErrors: [{ field: 'url' }], more: 0 },
  })
  expect(await error('/api/servers?lang=de', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"password":broken}' })).toEqual({
    defined: false,
    code: 'BAD_REQUEST',
    status: 400,
    message: 'Der Inhalt ist nicht lesbar. Senden Sie ihn als JSON (application/json) mit Content-Length.',
    data: { kind: 'bodyUnreadable' },
  })
  expect(await error('/api/history?server=x&metric=server.readers&lang=de')).toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringMatching(/^Nicht angenommen\. server: „x“ gibt es nicht/),
  })
  const unsigned = await fetch(`${deck.url}/api/servers?lang=de`)
  expect([unsigned.status, await unsigned.json()]).toMatchObject([401, { message: expect.stringMatching(/^Melden Sie sich zuerst an/) }])
})

test('REST refuses a server that is not watched instead of finding nothing, and says which there are', async () => {
  const client = createRouterClient(deck.engine.router, { context: { operator: soleOperator } })
  const { id } = await client.servers.add({ name: 'Wien', url: 'http://127.0.0.1:1' })
  const ask = async (path: string) => {
    const answer = await deck.ask(path)
    return { status: answer.status, ...((await answer.json()) as { message?: string; data?: object }) }
  }
  for (const path of ['v3/paths/list', 'availability', 'sessions', 'sessions/groups?by=user', 'recordings', 'v3/paths/get/cam1', 'configurations/compare']) {
    const route = `/api/${path}${path.includes('?') ? '&' : '?'}`
    expect(await ask(`${route}server=Wein&lang=de`), path).toMatchObject({
      status: 404,
      message: 'Nicht angenommen. server: „Wein“ gibt es nicht; meinten Sie Wien?',
      data: { kind: 'notAccepted', validationErrors: [{ field: 'server', validationError: { kind: 'noSuchName', known: ['Wien'] } }] },
    })
    expect((await ask(`${route}server=WIEN`)).data, path).not.toMatchObject({ kind: 'notAccepted' })
    expect((await ask(`${route}server=${id}`)).data, path).not.toMatchObject({ kind: 'notAccepted' })
  }
  for (const path of ['alarms', 'streams']) {
    // Here an id is wanted.
    expect(await ask(`/api/${path}?serverId=wien`), path).toMatchObject({ status: 404, data: { validationErrors: [{ validationError: { meant: id } }] } })
    expect((await ask(`/api/${path}?serverId=${id}`)).status, path).toBe(200)
    expect((await ask(`/api/${path}?serverId=removed&at=${Date.now() - 1_000}`)).data, `${path} of the past`).not.toMatchObject({ kind: 'notAccepted' })
  }
  // A window shows what is left of a server that was removed.
  expect(await client.alarms.list({ serverId: 'removed' })).toEqual([])
})

test('REST says in the language that is asked for what lies beyond its range', async () => {
  const message = async (path: string) => ((await (await deck.ask(path)).json()) as { message: string }).message
  expect(await message('/api/v3/paths/list?itemsPerPage=20000&lang=de')).toBe('Nicht angenommen. itemsPerPage: erwartet: höchstens 10.000')
  expect(await message('/api/v3/paths/list?page=-1&lang=ko')).toBe('받아들이지 않았습니다. page: 0 이상이어야 합니다')
  expect(await message('/api/v3/paths/list?page=1.5&lang=zh')).toMatch(/page：应为整数|page: 应为整数/)
  const settings = { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: '{"windowMinute":5}' }
  expect(await (await deck.ask('/api/daily-checks/settings?lang=de', settings)).json()).toMatchObject({
    message: 'Nicht angenommen. windowMinute: unbekannter Schlüssel',
  })
  expect(await message('/api/alarms?limit=0&lang=ru')).toMatch(/limit: ожидается не меньше 1/)
})

test('a browser is told in its language that there is no page, or that the console is not built', async () => {
  const page = async (path: string, language: string) => (await deck.ask(path, { headers: { 'Accept-Language': language, Accept: 'text/html' } })).text()
  expect(await page('/', 'de')).toBe('Die Konsole ist nicht gebaut: Führen Sie „npm run build“ aus.')
  expect(await page('/gone.png', 'ru')).toBe('Этого нет: возможно, удалено или завершилось.')
})

test('a window gets kind and facts alone, and makes the words itself', async () => {
  const client = createRouterClient(deck.engine.router, { context: { operator: soleOperator } })
  const events = await client.history.events({ kinds: ['configurationRefused'] })
  expect(events).toMatchObject([
    { text: '', facts: { file: 'mtxdeck.yaml', problems: 2, first: { at: 'mtxdeck.yaml:3:1', key: 'keepDays', validationError: { kind: 'notWithin' } } } },
  ])
})

test('a configuration file is checked over REST in words, by the version asked for, and a long one is refused', async () => {
  const check = async (body: object, lang = 'en') => {
    const answer = await deck.ask(`/api/configurations/check?lang=${lang}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    })
    return { status: answer.status, ...((await answer.json()) as object) }
  }
  expect(await check({ text: 'logLevel: info\nreadTimeot: 10s\n' })).toEqual({
    status: 200,
    version: '1.20.1',
    comparedWith: ['1.20.1'],
    mistakes: [
      {
        line: 2,
        column: 1,
        key: 'readTimeot',
        validationError: { kind: 'unknownKey', meant: 'readTimeout', known: [] },
        words: 'unknown key; did you mean readTimeout?',
      },
    ],
    more: 0,
  })
  expect(await check({ text: 'moq: true', version: 'v1.12' }, 'de')).toMatchObject({
    version: '1.12',
    comparedWith: ['1.9.3', '1.15.6'],
    mistakes: [{ key: 'moq' }],
  })
  expect(await check({ text: 'x'.repeat(100_001), version: '../1' })).toMatchObject({
    status: 400,
    data: { validationErrors: [{ field: 'text', validationError: { kind: 'tooLong', most: 100_000 } }, { field: 'version' }] },
  })
})
