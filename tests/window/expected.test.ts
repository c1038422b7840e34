import { fireEvent, within } from '@testing-library/dom'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSystemClock } from '../../src/clock/clock.ts'
import { createDemoFleet, type DemoFleet } from '../../src/demo/demoFleet.fixture.ts'
import { startTestConsole, type TestConsole } from '../../src/headless/testConsole.fixture.ts'
import { buttonIn, isThere, until } from './openDialog.ts'
import { type ConsoleWindow, openWindow, type Words, wordsInEnglish } from './openWindow.ts'

// What an operator says of streams that no configuration names: on the page of a server that was just added, on that of a stream, and in the list.

let fleet: DemoFleet
let deck: TestConsole
let window: ConsoleWindow
let words: Words
let server = ''
beforeAll(async () => {
  const paths = ['cam-0', 'cam-1', 'cam-2'].map((name) => ({ name, mode: 'dynamic' as const, source: 'rtspSession' as const }))
  fleet = await createDemoFleet({ clock: createSystemClock(), seed: 'expected', servers: [{ name: 'berlin', paths }] })
  deck = await startTestConsole({})
  const { url, auth } = fleet.server('berlin').input
  const headers = { 'Content-Type': 'application/json' }
  const answer = await deck.ask('/api/servers', { method: 'POST', headers, body: JSON.stringify({ name: 'berlin', url, auth, intervalSeconds: 1 }) })
  server = ((await answer.json()) as { id: string }).id
  words = await wordsInEnglish()
  window = await openWindow(deck.engine, { widthPx: 1920 })
})
afterAll(async () => {
  await window.close()
  await deck[Symbol.asyncDispose]()
  await fleet[Symbol.asyncDispose]()
})

const body = () => window.document.body
const says = (text: string) =>
  until(
    () => window.text(),
    (shown) => expect(shown).toContain(text),
  )
async function press(name: string) {
  await isThere(() => buttonIn(body(), name))
  fireEvent.click(buttonIn(body(), name) as HTMLButtonElement)
}
const totals = async () => ((await (await deck.ask(`/api/servers/${server}`)).json()) as { readonly totals: object }).totals

test('a server that was added asks which of its streams should be on air, until somebody says so', async () => {
  window.go(`/servers/${server}`)
  await says('3 streams live, none expected')
  await says('3 streams are live: which should be on air?')
  fireEvent.click(within(body()).getByRole('checkbox', { name: words('stream.expectation.newOnes') }))
  await press(words('stream.expectation.all'))
  await says('3 of 3 expected streams live')
  await until(
    () => window.text(),
    (shown) => expect(shown).not.toContain('which should be on air?'),
  )
  expect(await totals()).toMatchObject({ expected: 3, expectedLive: 3 })
  expect(await (await deck.ask(`/api/servers/${server}`)).json()).toMatchObject({ newStreams: 'events' })
})

test('the page of a stream says who expects it, and takes it back the same way', async () => {
  window.go(`/servers/${server}/streams/cam-1`)
  await says('yes, operator says so')
  await press(words('stream.expectation.notThese_one'))
  await says(words('stream.expectation.no.nobody'))
  expect(await totals()).toMatchObject({ expected: 2, expectedLive: 2, live: 3 })
  window.go(`/servers/${server}`)
  await says('2 of 2 expected streams live, 1 more live')
})

test('what the list shows is expected together, or not', async () => {
  window.go('/streams?q=cam-')
  await says('cam-2')
  await press(words('stream.expectation.many'))
  await press('Don’t expect these 3 streams')
  await until(totals, (found) => expect(found).toMatchObject({ expected: 0, live: 3 }))
  await press(words('stream.expectation.many'))
  await press('Expect these 3 streams')
  await until(totals, (found) => expect(found).toMatchObject({ expected: 3, expectedLive: 3 }))
})

test('where nothing is expected the overview says of a server how many are live, and no “0 of 0”', async () => {
  const live = () => [...body().querySelectorAll('[role="gridcell"], td')].map((cell) => cell.textContent?.trim())
  window.go('/')
  await until(live, (cells) => expect(cells).toContain('3 / 3'))
  window.go('/streams?q=cam-')
  await press(words('stream.expectation.many'))
  await press('Don’t expect these 3 streams')
  await until(totals, (found) => expect(found).toMatchObject({ expected: 0 }))
  window.go('/')
  await until(live, (cells) => expect(cells).toContain('3'))
  expect(live().join(' ')).not.toContain('0 / 0')
})
