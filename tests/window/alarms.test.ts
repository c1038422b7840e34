import { fireEvent, within } from '@testing-library/dom'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { startTestConsole, type TestConsole } from '../../src/headless/testConsole.fixture.ts'
import type { Alarm } from '../../src/shared/alarms.ts'
import { soleOperator } from '../../src/shared/permissions.ts'
import { serverInputSchema } from '../../src/shared/servers.ts'
import { buttonIn, isThere, leave, until, windowSays } from './openDialog.ts'
import { type ConsoleWindow, failureText, guest, openWindow, type Words, wordsInEnglish } from './openWindow.ts'

const names = ['north', 'south', 'west']
let deck: TestConsole
let window: ConsoleWindow
let words: Words
const open = async () => (await (await deck.ask('/api/alarms')).json()) as readonly Alarm[]
const post = (path: string, input: object) =>
  deck.ask(`/api/alarms/${path}`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(input) })

beforeAll(async () => {
  // Nobody answers at these addresses.
  deck = await startTestConsole({ servers: names.map((name) => serverInputSchema.parse({ name, url: 'http://127.0.0.1:9', auth: { kind: 'none' } })) })
  words = await wordsInEnglish()
  await until(open, (alarms) => expect(alarms).toHaveLength(names.length))
  window = await openWindow(deck.engine)
})
afterEach(async () => {
  window.signIn(soleOperator)
  window.use('passes')
  const ids = (await open()).map(({ id }) => id)
  await post('unacknowledge', { ids })
  await post('unshelve', { ids })
  await leave(window)
})
afterAll(async () => {
  await window.close()
  await deck[Symbol.asyncDispose]()
})

const says = (text: string | RegExp) => until(window.text, (said) => expect(said).toMatch(text))
/** The box that selects an alarm. By its label alone: what every element of the page is called takes long to find out. */
const boxOf = (name: string) => window.document.querySelector(`[aria-label="${words('common.selectName', { name })}"]`)
const press = (name: string) => fireEvent.click(buttonIn(window.document.body, words(name)) as Element)
const key = (name: string) => fireEvent.keyDown(window.document.body, { key: name })
/** Goes there and waits until all alarms, or those that pass, are listed, and nobody has any of them, as the test before left them. */
async function goTo(address: string, listed: readonly string[] = names) {
  window.go(address)
  for (const name of listed) await isThere(() => boxOf(name))
  await says(`${words('alarms.state.unacknowledged')} ${listed.length}`)
}
const tick = (name: string) => fireEvent.click(boxOf(name) as Element)
const statesOf = async () => Object.fromEntries((await open()).map(({ serverName, state }) => [serverName, state]))
const become = (states: Readonly<Record<string, string>>) => until(statesOf, (seen) => expect(seen).toMatchObject(states))

test('open alarms stand under their state, with their number in the rail', async () => {
  await goTo('/alarms')
  await says(`${words('alarms.state.unacknowledged')} 3`)
  expect(window.document.querySelector('nav a[href^="#/alarms"]')?.textContent).toMatch(/^Alarms\s*3/)
})

test('the key a takes what is selected, and only that', async () => {
  await goTo('/alarms')
  tick('north')
  tick('west')
  key('a')
  await become({ north: 'acknowledged', south: 'unacknowledged', west: 'acknowledged' })
  await says(`${words('alarms.state.acknowledged')} 2`)
})

test('the key a takes what is open, and its details say who did', async () => {
  const alarm = (await open()).find(({ serverName }) => serverName === 'south')
  await goTo(`/alarms?id=${alarm?.id}`)
  await says(words('common.whatToDo'))
  await says(words('alarms.similarNone'))
  key('a')
  await says('acknowledged by operator')
  await isThere(() => buttonIn(window.document.body, words('alarms.giveBack')))
  press('alarms.giveBack')
  await says('unacknowledged by operator')
  await become({ south: 'unacknowledged' })
})

test('the details have a chart of the figure that the alarm is about, which says its name', async () => {
  const alarm = (await open()).find(({ serverName }) => serverName === 'west')
  await goTo(`/alarms?id=${alarm?.id}`)
  await isThere(() => window.document.querySelector('figure[aria-label="Answer time: west"]'))
})

test('without anything selected or open, keys say what is missing', async () => {
  await goTo('/alarms')
  key('a')
  await windowSays(window, words('alarms.nothingChosen'))
})

test('the key s asks for an end and a reason, and shelves all that is selected', async () => {
  await goTo('/alarms')
  tick('north')
  tick('south')
  key('s')
  await isThere(() => within(window.document.body).queryByRole('dialog', { name: 'Shelve 2 alarms' }))
  fireEvent.input(within(window.document.body).getByLabelText(words('common.reason')), { target: { value: 'power is out' } })
  press('alarms.form.shelve_one')
  await become({ north: 'shelved', south: 'shelved', west: 'unacknowledged' })
  await says(`${words('alarms.state.shelved')} 2`)
})

test('the box of a group selects all in it', async () => {
  await goTo('/alarms')
  fireEvent.click(window.document.querySelector(`[aria-label="${words('alarms.chooseAll', { state: 'unacknowledged' })}"]`) as Element)
  await says('3 alarms selected')
  key('a')
  await become({ north: 'acknowledged', south: 'acknowledged', west: 'acknowledged' })
})

test('who may not operate learns that, and nothing changes', async () => {
  await goTo('/alarms')
  window.signIn(guest('view'))
  tick('north')
  key('a')
  await windowSays(window, 'This needs the permission "operate"; Guest has "view".')
  await become({ north: 'unacknowledged' })
})

test('filters in the address list what passes, and c clears them', async () => {
  await goTo('/alarms?q=south', ['south'])
  expect(boxOf('north')).toBeNull()
  key('c')
  await isThere(() => boxOf('north'))
  expect(window.address()).toBe('/alarms')
  window.go('/alarms?severity=warning')
  await says(words('common.noMatch'))
})

test('an alarm that does not exist is said to be none', async () => {
  window.go('/alarms?id=no-such-alarm')
  await says(words('common.notFound'))
})

test('details that cannot be read say why', async () => {
  await goTo('/alarms')
  window.use('fails')
  window.go('/alarms?id=another')
  await says(words('alarms.notRead', { reason: failureText }))
})

test('the page says that alarms of a moment are not kept, and from when on they are', async () => {
  window.go('/alarms?at=1000')
  await says(words('common.goToThisMoment'))
  await isThere(() => buttonIn(window.document.body, words('common.goToThisMoment')))
  window.go('/alarms')
  await says(words('alarms.state.unacknowledged'))
})

test('in the past the page shows the alarms as they stood, and nothing can be done to them', async () => {
  await goTo('/alarms')
  const [before] = await open()
  const at = Date.now()
  await expect.poll(() => Date.now()).toBeGreaterThan(at)
  await post('acknowledge', { ids: [before?.id], comment: 'called the site' })
  await says(`${words('alarms.state.acknowledged')} 1`)
  window.go(`/alarms?at=${at}&id=${before?.id}`)
  await says(`${words('alarms.state.unacknowledged')} 3`)
  await says(words('common.whatToDo'))
  expect(window.text()).not.toContain('called the site')
  for (const name of ['acknowledge', 'shelve', 'comment'] as const) expect(buttonIn(window.document.body, words(`alarms.${name}`))).toBeFalsy()
  expect(boxOf('north')).toBeNull()
  key('a')
  window.go('/alarms')
  await says(`${words('alarms.state.acknowledged')} 1`)
})

test('closed alarms are listed in History, and say why they were closed', async () => {
  window.go('/alarms?tab=history')
  await says(words('alarms.nonePast'))
  const answer = await deck.ask('/api/servers', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name: 'east', url: 'http://127.0.0.1:9', auth: { kind: 'none' } }),
  })
  const { id } = (await answer.json()) as { readonly id: string }
  await become({ east: 'unacknowledged' })
  await deck.ask(`/api/servers/${id}`, { method: 'DELETE' })
  await leave(window)
  window.go('/alarms?tab=history')
  await says('east')
  const ofNow = words('alarms.atMoment.ofNow')
  expect(window.text()).not.toContain(ofNow)
  window.go(`/alarms?tab=history&at=${Date.now() - 60_000}`)
  await says(ofNow)
  await leave(window)
  window.go('/alarms?tab=history')
  await says('east')
  fireEvent.click(Array.from(window.document.querySelectorAll('#page tbody tr')).find((row) => row.textContent?.includes('east')) as Element)
  await says('closed: it is not watched any more')
  window.use('fails')
  await leave(window)
  window.go('/alarms?tab=history&severity=major')
  await says(words('alarms.notRead', { reason: failureText }))
})

test('Overview and the page of a server say who has a trouble', async () => {
  const alarm = (await open()).find(({ serverName }) => serverName === 'north')
  await post('acknowledge', { ids: [alarm?.id] })
  for (const address of ['/', `/servers/${alarm?.subject.kind === 'server' ? alarm.subject.serverId : ''}`]) {
    window.go(address)
    await says('acknowledged by operator')
  }
})

test('on Overview the key a takes the card that has the focus', async () => {
  window.go('/')
  const card = () => Array.from(window.document.querySelectorAll('#page li a')).find((link) => link.textContent?.startsWith('west · '))
  await isThere(card)
  fireEvent.focusIn(card() as Element)
  key('a')
  await become({ west: 'acknowledged', north: 'unacknowledged' })
})

test('top bar and title count what nobody has, and what somebody has quietly', async () => {
  const counter = () => window.document.querySelector('header a[href="#/alarms?state=unacknowledged%2Cacknowledged&severity=critical"]')
  await goTo('/alarms')
  const saidAloud = () => counter()?.querySelector('.sr-only')?.textContent
  await until(saidAloud, (said) => expect(said).toBe('3 critical, 3 unacknowledged'))
  expect(window.document.title).toBe('(3) critical · mtxdeck')
  expect(window.document.querySelector('link[rel="icon"]')?.getAttribute('href')).toContain(encodeURIComponent('#ff5257'))
  const ids = (await open()).map(({ id }) => id)
  await post('acknowledge', { ids: ids.slice(0, 2) })
  await until(
    () => [saidAloud(), counter()?.querySelector('[aria-hidden]')?.textContent, window.document.title],
    (said) => expect(said).toEqual(['3 critical, 1 unacknowledged, 2 acknowledged', '3', '(3) critical · mtxdeck']),
  )
  // Beside states that are chosen, the chips of severities count these only, as the list does.
  window.go('/alarms?state=acknowledged')
  await until(
    () => Array.from(window.document.querySelectorAll('search button'), ({ textContent }) => textContent).find((text) => text?.includes('critical')),
    (chip) => expect(chip).toMatch(/critical\s*2$/),
  )
  await post('acknowledge', { ids })
  await until(
    () => window.document.title,
    (title) => expect(title).toBe('3 acknowledged · mtxdeck'),
  )
})

test('what is shelved leaves the penalty box, which says how much that is, and what somebody has comes last in it', async () => {
  const cards = () => Array.from(window.document.querySelectorAll('#page [data-penalty-place] li a'), (link) => link.textContent?.split(' · ')[0])
  const idOf = async (name: string) => (await open()).find(({ serverName }) => serverName === name)?.id
  window.go('/')
  await until(cards, (found) => expect(found).toHaveLength(3))
  const [first = '', second = '', third = ''] = cards() as string[]
  await post('acknowledge', { ids: [await idOf(first)] })
  await post('shelve', { ids: [await idOf(second)], until: Date.now() + 3_600_000, reason: 'moved' })
  await until(cards, (found) => expect(found).toEqual([third, first]))
  await says('1 shelved, suppressed or in maintenance')
  // The figure above it counts the same.
  await says(/2 incidents/)
  await says(/In trouble\s*2\s*2 critical/)
  await post('shelve', { ids: (await open()).map(({ id }) => id), until: Date.now() + 3_600_000, reason: 'moved' })
  await says(/No stream in trouble\s*3 shelved, suppressed or in maintenance/)
  await says(/In trouble\s*0\s*3 shelved, suppressed or in maintenance/)
})
