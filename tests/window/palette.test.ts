import { fireEvent, within } from '@testing-library/dom'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startTestConsole, type TestConsole } from '../../src/headless/testConsole.fixture.ts'
import { serverInputSchema } from '../../src/shared/servers.ts'
import { isThere, type OpenDialog, openDialog, until } from './openDialog.ts'
import { type ConsoleWindow, openWindow, pathsOfPages, type Words, wordsInEnglish } from './openWindow.ts'

let deck: TestConsole
let window: ConsoleWindow
let words: Words
let palette: OpenDialog
const byKeys = { at: '/hosts?q=none', keys: { key: 'k', ctrlKey: true }, title: 'keys.palette' }
const add = async (what: string, one: object) =>
  expect((await deck.ask(`/api/${what}`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(one) })).status).toBe(201)
const numbers = Array.from({ length: 10 }, (_, n) => String(n).padStart(2, '0'))

beforeAll(async () => {
  words = await wordsInEnglish()
  // Nobody answers at this address; without any server the overview leads to the welcome.
  deck = await startTestConsole({ servers: [serverInputSchema.parse({ name: 'north', url: 'http://127.0.0.1:9', auth: { kind: 'none' } })] })
  // Nobody answers there: the last one is down, all others are paused.
  const ssh = 'noc@127.0.0.1:9'
  for (const n of numbers) {
    await add('hosts', { name: `rack-${n}`, ssh, auth: { kind: 'password', password: 'secret' }, paused: n !== '09' })
    await add('probes', { name: `gate-${n}`, url: 'rtsp://127.0.0.1:9/gate', paused: true })
    await add('walls', { name: `desk ${n}`, columns: 2, rows: 1, scope: {} })
  }
  await until(
    async () => (await (await deck.ask('/api/hosts')).json()) as readonly object[],
    (hosts) => expect(hosts).toContainEqual(expect.objectContaining({ name: 'rack-09', state: 'down' })),
  )
  window = await openWindow(deck.engine)
})
afterAll(async () => {
  await window.close()
  await deck[Symbol.asyncDispose]()
})
beforeEach(async () => {
  palette = await openDialog(window, byKeys)
})

const type = (text: string) => fireEvent.input(within(window.document.body).getByPlaceholderText(words('palette.placeholder')), { target: { value: text } })
const choices = () => [...window.document.querySelectorAll('[role="dialog"] [role="option"]')]
const said = () => choices().map(({ textContent }) => textContent ?? '')
const choose = (text: string) => fireEvent.click(choices().find(({ textContent }) => textContent?.includes(text)) as Element)

test('every page but those of one server, host or stream is found by its title, and opens', async () => {
  const open = new Set<string>()
  const titles = [
    'overview',
    'streams',
    'alarms',
    'wall',
    'servers',
    'sessions',
    'recordings',
    'history',
    'hosts',
    'probes',
    'daily',
    'planner',
    'configurations',
    'cameras',
    'watched',
    'handover',
  ]
  for (const title of [...titles, 'settings', 'help', 'welcome']) {
    palette = await openDialog(window, byKeys)
    type(words(`pages.${title}`))
    const found = () => choices().find(({ textContent }) => textContent?.startsWith(words(`pages.${title}`)))
    await until(found, (page) => expect(page, title).toBeDefined())
    fireEvent.click(found() as Element)
    await until(palette.isOpen, (isOpen) => expect(isOpen).toBe(false))
    await until(window.address, (address) => expect(address).not.toContain(byKeys.at))
    open.add(window.address().replace(/\?.*/, ''))
  }
  const wanted = (await pathsOfPages()).filter((path) => !path.includes(':')).map((path) => path.replace('/settings/*', '/settings/servers').replace('/*', ''))
  expect([...open].sort()).toEqual([...wanted].sort())
})

const called: readonly (readonly [typed: string, found: string])[] = [
  ['maintenance', 'Alarms · Maintenance'],
  ['rules', 'Alarms · Rules'],
  ['channels', 'Alarms · Channels'],
  ['notifications', 'Settings · Sound & notifications'],
  ['sound', 'Settings · Sound & notifications'],
  ['display', 'Settings · Display'],
]
test.each(called)('%s finds %s', async (typed, found) => {
  type(typed)
  await until(said, (shown) => expect(shown).toContainEqual(expect.stringMatching(new RegExp(`^${found}`))))
})

test('what the open page can do is there', async () => {
  type('add a host')
  await until(said, (shown) => expect(shown).toContainEqual(expect.stringMatching(/^Add a host/)))
  type('sound')
  await until(said, (shown) => expect(shown.length).toBeGreaterThan(0))
})

test('whatever is typed can be searched in the manual', async () => {
  type('guest link')
  await until(said, (shown) => expect(shown.at(-1)).toBe('Search the manual for “guest link”'))
  choose('Search the manual')
  await until(window.address, (address) => expect(address).toBe('/help?q=guest+link'))
  await isThere(() => window.text().includes('People › Guest links'))
})

test('a host that does not answer comes first, and a list that is cut leads to the whole one', async () => {
  type('rack')
  await until(said, (shown) => expect(shown.filter((one) => one.startsWith('rack-'))).toHaveLength(8))
  expect(said()[0]).toContain('rack-09')
  expect(said()[8]).toContain('10 found')
  choose('10 found')
  await until(window.address, (address) => expect(address).toBe('/hosts?q=rack'))
  await isThere(() => numbers.every((n) => window.text().includes(`rack-${n}`)))
})

test('so do probes', async () => {
  type('gate')
  await until(said, (shown) => expect(shown.filter((one) => one.includes('gate-'))).toHaveLength(8))
  choose('10 found')
  await until(window.address, (address) => expect(address).toBe('/probes?q=gate'))
})

test('all walls with the name are there', async () => {
  type('desk')
  await until(said, (shown) => expect(shown.filter((one) => one.startsWith('desk '))).toHaveLength(10))
})

test('addresses that people type lead to the pages they mean', async () => {
  for (const [typed, page] of [
    ['/overview', '/'],
    ['/maintenance', '/alarms?tab=maintenance'],
    ['/rules', '/alarms?tab=rules'],
  ] as const) {
    window.go(typed)
    await until(window.address, (address) => expect(address).toBe(page))
  }
})
