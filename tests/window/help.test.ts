import { fireEvent } from '@testing-library/dom'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestConsole, type TestConsole } from '../../src/headless/testConsole.fixture.ts'
import { serverInputSchema } from '../../src/shared/servers.ts'
import { until, windowSays } from './openDialog.ts'
import { type ConsoleWindow, helpOfPages, openWindow, type Words, wordsInEnglish } from './openWindow.ts'

let deck: TestConsole
let window: ConsoleWindow
let words: Words
beforeAll(async () => {
  words = await wordsInEnglish()
  // Nobody answers at this address.
  deck = await startTestConsole({ servers: [serverInputSchema.parse({ name: 'north', url: 'http://127.0.0.1:9', auth: { kind: 'none' } })] })
  window = await openWindow(deck.engine)
  // As new browsers have it, Chromium 156 for one.
  Object.assign(window.document.defaultView?.HTMLElement.prototype ?? expect.fail('it has one'), { scrollIntoView: async () => {} })
})
afterAll(async () => {
  await window.close()
  await deck[Symbol.asyncDispose]()
})

const named = (name: string) => window.document.querySelector<HTMLElement>(`[aria-label="${words(name)}"]`) ?? expect.fail(name)
const focused = () => window.document.activeElement as HTMLElement
const press = (key: string) => fireEvent.keyDown(focused(), { key })

test('the help of each page and tab leads to a chapter and heading that are there', async () => {
  const { asked, there } = await helpOfPages()
  expect(asked.length).toBeGreaterThan(30)
  expect(asked.filter(({ to }) => !there.includes(to))).toEqual([])
})

test.each([
  ['/alarms?tab=rules', '/help/alarms-reference#rules', 'What is an alarm is said by rules'],
  ['/alarms', '/help/alarms', 'From a figure to a message'],
  ['/settings/people/guests', '/help/people', 'Guest links'],
  ['/settings/about', '/help/start#mediamtx', 'authInternalUsers'],
  ['/hosts/none', '/help/hosts#what-is-measured', 'What is measured'],
])('from %s the question mark leads to %s', async (at, to, says) => {
  window.go(at)
  await until(
    () => named('help.ofPage').getAttribute('href'),
    (href) => expect(href).toBe(`#${to}`),
  )
  fireEvent.click(named('help.ofPage'))
  await until(window.address, (address) => expect(address).toBe(to))
  await windowSays(window, says)
})

test('a heading that a link names has the focus, and a link leads to another chapter within the manual', async () => {
  window.go('/help/alarms#rules')
  await until(
    () => focused().textContent,
    (text) => expect(text).toContain('Rules'),
  )
  const links = [...window.document.querySelectorAll<HTMLAnchorElement>('article a')].map((link) => link.getAttribute('href') ?? '')
  expect(links).toContain('#/help/alarms-reference#what-is-usual')
  expect(links.filter((href) => !href.startsWith('#/help'))).toEqual([])
})

test('what is not in the manual is named and no link, pictures are left out, and a link outside opens beside the console', async () => {
  window.go('/help/history')
  await windowSays(window, 'The store')
  const links = () => [...window.document.querySelectorAll<HTMLAnchorElement>('article a')]
  expect(links().filter(({ textContent }) => textContent?.includes('byte by byte'))).toEqual([])
  expect(window.document.querySelector('article img')).toBeNull()
  window.go('/help/alarms-reference')
  await windowSays(window, 'Liquid')
  const outside = links().filter((link) => link.getAttribute('href')?.startsWith('https:'))
  expect(outside.length).toBeGreaterThan(0)
  for (const link of outside) expect([link.target, link.rel]).toEqual(['_blank', 'noreferrer'])
})

test('a search is walked by keys alone', async () => {
  window.go('/help?q=guest+link')
  await windowSays(window, 'People › Guest links')
  named('help.search').focus()
  press('ArrowDown')
  expect(focused().textContent).toContain('People › Guest links')
  press('ArrowDown')
  press('ArrowUp')
  expect(focused().textContent).toContain('People › Guest links')
  fireEvent.click(focused())
  await until(window.address, (address) => expect(address).toBe('/help/people#guest-links'))
})

test('a chapter that is not there leads to the first one', async () => {
  window.go('/help/no-such-chapter')
  await until(window.address, (address) => expect(address).toBe('/help'))
  await windowSays(window, 'Ways to run it')
})
