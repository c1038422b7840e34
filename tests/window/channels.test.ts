import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startTestConsole, type TestConsole } from '../../src/headless/testConsole.fixture.ts'
import type { Alarm } from '../../src/shared/alarms.ts'
import { serverInputSchema } from '../../src/shared/servers.ts'
import { soon } from './openDialog.ts'
import { type ConsoleWindow, openWindow, type Words, wordsInEnglish } from './openWindow.ts'

let server: Server
let deck: TestConsole
let window: ConsoleWindow
let words: Words
let url: string
/** What the server of the webhooks answers, by path. */
const answers: Record<string, number> = { '/hook': 200, '/desk': 200, '/away': 404 }

beforeAll(async () => {
  server = createServer((request, response) => {
    const status = answers[new URL(request.url ?? '/', 'http://127.0.0.1').pathname] ?? 500
    request.resume().on('end', () => response.writeHead(status).end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  deck = await startTestConsole({
    channels: [
      { name: 'ops', webhook: `${url}/hook?token=hunter2` },
      { name: 'night', telegram: '-100123', url, secret: '1:hunter2' },
      { name: 'desk', webhook: `${url}/desk`, atMost: 20, perMinutes: 10 },
      { name: 'away', webhook: `${url}/away` },
    ],
    routes: [
      { to: ['desk', 'away'], escalate: { afterMinutes: 15, to: ['night'] } },
      { to: ['ops'], severities: ['critical', 'major'], tags: ['studio'], times: { weekly: ['MO-FR 22:00-06:00'], zone: 'Europe/Berlin' } },
    ],
    // Nobody answers there.
    servers: [serverInputSchema.parse({ name: 'north', url: 'http://127.0.0.1:9', auth: { kind: 'none' } })],
  })
  words = await wordsInEnglish()
  window = await openWindow(deck.engine, {})
})
afterAll(async () => {
  await window.close()
  await deck[Symbol.asyncDispose]()
  await new Promise<void>((resolve) => void server.close(() => resolve()))
})

test('the list of channels says of each whether it works, and a test message says it at once', async () => {
  const says = (...texts: string[]) =>
    vi.waitFor(() => {
      for (const text of texts) expect(window.document.body.textContent).toContain(text)
    }, soon)
  const tryOut = (name: string) => window.document.querySelector<HTMLElement>(`[aria-label="${words('channels.test')}: ${name}"]`)?.click()
  window.go('/alarms?tab=channels')
  await says('ops', 'webhook', url, 'night', 'telegram', `${url} -100123`, words('channels.unused'))
  tryOut('ops')
  await says(`ops: ${words('channels.well')}`)
  answers['/hook'] = 403
  tryOut('ops')
  await says('ops: The channel refused the message: HTTP 403.')
  // The list is read anew beside the notice.
  await expect.poll(() => window.text()).toContain('The channel refused the message: HTTP 403')
  expect(window.document.documentElement.outerHTML).not.toContain('hunter2')
})

test('a channel is paused by a click, which stands above every page until it is resumed there', async () => {
  const press = (label: string) => window.document.querySelector<HTMLElement>(`[aria-label="${label}"]`)?.click()
  window.go('/alarms?tab=channels')
  await expect.poll(() => window.document.querySelector(`[aria-label="${words('channels.pause')} desk"]`)).not.toBeNull()
  press(`${words('channels.pause')} desk`)
  const choice = () => [...window.document.querySelectorAll('button')].find(({ textContent }) => textContent === '30 min')
  await expect.poll(choice).toBeDefined()
  choice()?.click()
  await expect.poll(() => window.text()).toContain(words('channels.pausedTitle', { names: 'desk' }))
  window.go('/streams')
  await expect.poll(() => window.text()).toContain(words('channels.pausedTitle', { names: 'desk' }))
  press(`${words('common.resume')}: desk`)
  await expect.poll(() => window.text()).not.toContain(words('channels.pausedTitle', { names: 'desk' }))
})

test('a test is listed with its receipt, and it is said that no watcher elsewhere expects this console', async () => {
  window.go('/alarms?tab=channels')
  await vi.waitFor(() => {
    const rows = Array.from(window.document.querySelectorAll('#page li'), (row) => row.textContent ?? '')
    expect(rows.find((row) => row.includes('ops · Test · accepts messages'))).toBeDefined()
    expect(rows.find((row) => row.includes('ops · Test · The channel refused the message: HTTP 403'))).toBeDefined()
    expect(window.document.body.textContent).toContain(words('channels.form.heartbeatText'))
  }, soon)
  expect(await (await deck.ask('/api/readiness')).json()).toMatchObject({ heartbeat: null, drill: null })
})

test('below the channels stands which of them are notified of what, when, and what happens if nobody acknowledges', async () => {
  window.go('/alarms?tab=channels')
  const rows = () =>
    Array.from(
      window.document.querySelectorAll(`[aria-label="${words('channels.routes')}"] [role="row"], [aria-label="${words('channels.routes')}"] tr`),
      (row) => row.textContent ?? '',
    )
  await expect.poll(() => rows().join('\n')).toContain('desk, away')
  expect(rows().find((row) => row.includes('desk, away'))).toContain('after 15 min: night')
  const timed = rows().find((row) => row.includes('MO-FR 22:00-06:00'))
  for (const part of ['ops', 'critical', 'major', 'studio', 'Europe/Berlin']) expect(timed).toContain(part)
  expect(window.document.body.textContent).toContain('Limit: 20 in 10 min')
  expect(await (await deck.ask('/api/routes')).json()).toMatchObject([
    { to: ['desk', 'away'], severities: null, tags: null, times: null, isOpen: true, escalate: { afterMinutes: 15, to: ['night'] } },
    { to: ['ops'], severities: ['critical', 'major'], times: { zone: 'Europe/Berlin' }, escalate: null },
  ])
})

test('the details of an alarm say which channels were notified of it, and why one was not', async () => {
  let alarm: Alarm | undefined
  await vi.waitFor(async () => {
    alarm = ((await (await deck.ask('/api/alarms')).json()) as readonly Alarm[])[0]
    expect(alarm?.serverName).toBe('north')
  }, soon)
  window.go(`/alarms?id=${alarm?.id}`)
  const rows = () => Array.from(window.document.querySelectorAll('#page li'), (row) => row.textContent ?? '')
  await vi.waitFor(() => {
    expect(rows().find((row) => row.includes('desk · start'))).toMatch(/ · accepted [\d:]+$/)
    expect(rows().find((row) => row.includes('away · start'))).toMatch(/ · refused [\d:]+The channel refused the message: HTTP 404\.$/)
    expect(rows().join()).not.toContain('ops')
  }, soon)
})
