import { fireEvent, within } from '@testing-library/dom'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DemoConsole, startDemoConsole } from './demoConsole.ts'
import { until } from './openDialog.ts'
import { type ConsoleWindow, openWindow, type Words, wordsInEnglish } from './openWindow.ts'

let deck: DemoConsole
let window: ConsoleWindow
let words: Words
beforeAll(async () => {
  deck = await startDemoConsole()
  words = await wordsInEnglish()
  window = await openWindow(deck.engine, { widthPx: 1920 })
  await until(
    async () => (await (await deck.ask('/api/recordings?server=berlin')).json()) as { readonly paths: readonly unknown[] },
    ({ paths }) => expect(paths).toHaveLength(1),
  )
  window.go(`/recordings?of=${deck.ids.server}&path=cam-0`)
})
afterAll(async () => {
  await window.close()
  await deck[Symbol.asyncDispose]()
})

const video = () => window.document.querySelector<HTMLVideoElement>('video')
/** What the player asks for: server, path and how many seconds. */
function asked() {
  const { pathname, searchParams } = new URL(video()?.getAttribute('src') ?? 'none:', 'http://console')
  return {
    pathname,
    path: searchParams.get('path'),
    since: Number(searchParams.get('since')),
    lengthMs: Number(searchParams.get('until')) - Number(searchParams.get('since')),
  }
}
/** Exactly this name: each piece has a button that plays from its time. */
const press = (key: string) =>
  until(
    () => within(window.document.body).getByRole('button', { name: words(key) }),
    (button) => void fireEvent.click(button),
  )
const fieldOf = (key: string) => {
  const label = [...window.document.querySelectorAll('label')].find((one) => one.textContent === words(key))
  return window.document.getElementById(label?.htmlFor ?? '') ?? label?.querySelector('input') ?? null
}
const type = (key: string, text: string) =>
  until(
    () => fieldOf(key) ?? expect.fail(`no field ${key}`),
    (field) => void fireEvent.change(field, { target: { value: text } }),
  )

test('a recording is played from any time, also of another day, an hour at a time, and from ten minutes later at a press', async () => {
  // Soon after midnight the newest day has no hour yet: what is typed may be of the day before.
  await type('common.from', new Date(Date.now() - 5_400_000).toISOString())
  await press('common.play')
  await until(
    () => asked(),
    (played) => expect(played).toMatchObject({ pathname: '/relay/recordings', path: 'cam-0', lengthMs: 3_600_000 }),
  )
  const { since } = asked()
  await press('+ 10 min')
  await until(
    () => asked(),
    (played) => expect(played.since).toBe(since + 600_000),
  )
  await press('recordings.stop')
  await until(
    () => video(),
    (player) => expect(player).toBeNull(),
  )
})

test('what is typed is played, where something is recorded then, and otherwise that is said', async () => {
  await type('common.from', new Date(Date.now() - 1_800_000).toISOString())
  await press('common.play')
  await until(
    () => asked().since,
    (since) => expect(Math.abs(since - (Date.now() - 1_800_000))).toBeLessThan(60_000),
  )
  await type('common.from', '2020-01-01')
  await press('common.play')
  await until(
    () => window.document.body.textContent,
    (text) => expect(text).toContain(words('recordings.nothingThere')),
  )
})

test('a span that ends before it begins is refused at its end, and one that nobody can read at its field', async () => {
  await type('common.from', '2026-10-24 12:00')
  await type('recordings.to', '2026-10-24 11:00')
  await press('recordings.download')
  await until(
    () => window.text(),
    (text) => expect(text).toContain(words('recordings.spanWrong')),
  )
  await type('recordings.to', 'soon')
  await press('recordings.download')
  await until(
    () => window.text(),
    (text) => expect(text).toContain(words('past.unreadable')),
  )
})

test('the relay plays what the window asks for, and refuses who may not view', async () => {
  await type('common.from', new Date(Date.now() - 600_000).toISOString())
  await press('common.play')
  await until(
    () => asked().since,
    (since) => expect(since).toBeGreaterThan(Date.now() - 700_000),
  )
  const address = video()?.getAttribute('src') ?? ''
  const answer = await deck.ask(address)
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'video/mp4'])
  await answer.body?.cancel()
  expect((await fetch(String(new URL(address, deck.url)))).status).toBe(401)
})
