import { fireEvent, within } from '@testing-library/dom'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { type DemoConsole, startDemoConsole } from './demoConsole.ts'
import { buttonIn, isThere, until, windowSays } from './openDialog.ts'
import { type ConsoleWindow, openWindow, type Words, wordsInEnglish } from './openWindow.ts'

let deck: DemoConsole
let window: ConsoleWindow
let words: Words
let wall: { readonly id: string; readonly revision: number }
const send = async (method: string, route: string, body: object) =>
  (await deck.ask(route, { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })).json()

beforeAll(async () => {
  words = await wordsInEnglish()
  deck = await startDemoConsole()
})
afterAll(() => deck[Symbol.asyncDispose]())
let count = 0
beforeEach(async () => {
  wall = (await send('POST', '/api/walls', { name: `wall ${++count}`, columns: 2, rows: 1, scope: {} })) as typeof wall
  window = await openWindow(deck.engine, {})
  onTestFinished(() => window.close())
})

const tiles = () => [...window.document.querySelectorAll<HTMLElement>('[data-tile]')]
const paths = () => tiles().map(({ dataset }) => dataset.tile?.split('/').slice(1).join('/'))
const shows = (...wanted: readonly string[]) => until(paths, (shown) => expect(shown).toEqual(wanted))
const key = (name: string, more: object = {}) => fireEvent.keyDown(window.document.activeElement ?? window.document.body, { key: name, ...more })
const press = async (label: string) => {
  await isThere(() => buttonIn(window.document.body, words(label)))
  fireEvent.click(buttonIn(window.document.body, words(label)) as HTMLButtonElement)
}
const arranged = async () =>
  ((await (await deck.ask('/api/walls')).json()) as readonly { readonly id: string; readonly arranged: readonly { readonly path: string }[] }[])
    .find(({ id }) => id === wall.id)
    ?.arranged.map(({ path }) => path)

test('n and Shift N turn its pages, and the address says which one it is', async () => {
  window.go(`/wall?wall=${wall.id}`)
  await shows('cam-0', 'cam-1')
  key('n')
  await shows('cam-2', 'cam-3')
  expect(window.address()).toContain('page=2')
  key('N', { shiftKey: true })
  await shows('cam-0', 'cam-1')
})

test('arrow keys take a tile along, over the end of a page too, and the order is kept for every desk', async () => {
  window.go(`/wall?wall=${wall.id}`)
  await shows('cam-0', 'cam-1')
  key('e')
  await isThere(() => buttonIn(window.document.body, words('common.save')))
  tiles()[0]?.focus()
  key('ArrowRight')
  await shows('cam-1', 'cam-0')
  await until(
    () => window.document.activeElement,
    (focused) => expect(focused).toBe(tiles()[1]),
  )
  key('ArrowRight')
  await shows('cam-0', 'cam-3')
  expect(await arranged()).toEqual([])
  await press('common.save')
  await windowSays(window, words('common.saved'))
  expect(await arranged()).toEqual(['cam-1', 'cam-2', 'cam-0'])
})

test('what another desk changed meanwhile is not overwritten', async () => {
  window.go(`/wall?wall=${wall.id}`)
  await shows('cam-0', 'cam-1')
  key('e')
  await isThere(() => buttonIn(window.document.body, words('common.save')))
  await send('PUT', `/api/walls/${wall.id}`, { change: { name: `renamed ${count}`, columns: 2, rows: 1, scope: {} } })
  tiles()[0]?.focus()
  key('ArrowRight')
  await press('common.save')
  await windowSays(window, 'Somebody changed this since you opened it')
  expect(await arranged()).toEqual([])
})

test('in the past there is nothing to change, and full screen has neither rail nor top bar', async () => {
  window.go(`/wall?wall=${wall.id}&at=${Date.now() - 5_000}`)
  await isThere(() => buttonIn(window.document.body, words('common.fullScreen')))
  for (const label of ['common.newWall', 'wall.arrange.start', 'common.removeName'])
    expect(buttonIn(window.document.body, words(label, { name: '' }))).toBeNull()
  window.go(`/wall?wall=${wall.id}&full=1`)
  await shows('cam-0', 'cam-1')
  await until(
    () => window.document.querySelector(`[aria-label="${words('common.pages')}"]`),
    (rail) => expect(rail).toBeNull(),
  )
  window.go('/streams')
  await isThere(() => window.document.querySelector(`[aria-label="${words('common.pages')}"]`))
})

test('in full screen nothing is arranged and no entry of a moment waits unseen; the sound has its key there', async () => {
  window.go(`/wall?wall=${wall.id}&full=1`)
  await shows('cam-0', 'cam-1')
  await isThere(() => window.document.querySelector('header button[aria-haspopup]'))
  key('e')
  key('p')
  expect(tiles().map(({ tagName }) => tagName)).toEqual(['A', 'A'])
  window.go('/streams')
  await isThere(() => window.document.querySelector(`[aria-label="${words('common.pages')}"]`))
  expect(window.document.querySelector('[data-radix-popper-content-wrapper]')).toBeNull()
})

test('in full screen a wall that is not there any more leaves the clock and the heartbeat', async () => {
  window.go('/wall?wall=removed&full=1')
  await windowSays(window, words('common.notFound'))
  for (const there of ['[data-clock]', '[data-heartbeat]']) expect(window.document.querySelector(there)).not.toBeNull()
})

test('while tiles are arranged no key leads away from the draft', async () => {
  window.go(`/wall?wall=${wall.id}`)
  await shows('cam-0', 'cam-1')
  key('e')
  await isThere(() => buttonIn(window.document.body, words('common.save')))
  for (const name of ['f', 'w', 'r']) key(name)
  expect(window.address()).toBe(`/wall?wall=${wall.id}`)
  expect(buttonIn(window.document.body, words('common.save'))).not.toBeNull()
})

test('a form stays open with what was entered when somebody removes its wall, and saving says so', async () => {
  window.go(`/wall?wall=${wall.id}&edit=${wall.id}`)
  const field = () => within(window.document.body).queryByLabelText<HTMLInputElement>(words('common.name'))
  await isThere(field)
  fireEvent.input(field() as HTMLInputElement, { target: { value: 'entered here' } })
  await deck.ask(`/api/walls/${wall.id}`, { method: 'DELETE' })
  await windowSays(window, words('common.notFound'))
  expect(field()?.value).toBe('entered here')
  await press('common.save')
  await windowSays(window, 'This does not exist')
  expect(field()?.value).toBe('entered here')
})

test('walls are found by name in the palette', async () => {
  window.go('/streams')
  await windowSays(window, 'cam-0')
  key('k', { ctrlKey: true })
  await isThere(() => within(window.document.body).queryByPlaceholderText(words('palette.placeholder')))
  fireEvent.input(within(window.document.body).getByPlaceholderText(words('palette.placeholder')), { target: { value: `wall ${count}` } })
  await isThere(() => within(window.document.body).queryByText(`wall ${count}`))
  key('Enter')
  await until(window.address, (address) => expect(address).toBe(`/wall?wall=${wall.id}`))
})

test('a picture that the browser could not play is no view of it', async () => {
  const serverId = ((await (await deck.ask('/api/servers')).json()) as readonly { readonly id: string }[])[0]?.id ?? ''
  window.go(`/servers/${serverId}/streams/cam-1`)
  const views = async () => ((await (await deck.ask('/api/viewing/views')).json()) as { readonly views: readonly { path: string; end: string }[] }).views
  // This one has no MediaSource.
  await until(views, (seen) => expect(seen).toContainEqual(expect.objectContaining({ path: 'cam-1', end: 'failed', why: { kind: 'browserWithoutHls' } })))
})
