import { fireEvent, within } from '@testing-library/dom'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DemoConsole, startDemoConsole } from './demoConsole.ts'
import { isThere, until } from './openDialog.ts'
import { type ConsoleWindow, openWindow, type Words, wordsInEnglish } from './openWindow.ts'

// Names of streams that are taken apart, and their lives, as an operator goes through them.

let deck: DemoConsole
let window: ConsoleWindow
let words: Words
beforeAll(async () => {
  deck = await startDemoConsole()
  words = await wordsInEnglish()
  window = await openWindow(deck.engine, { widthPx: 1920 })
})
afterAll(async () => {
  await window.close()
  await deck[Symbol.asyncDispose]()
})

const body = () => within(window.document.body)
const says = (text: string) =>
  until(
    () => window.text(),
    (shown) => expect(shown).toContain(text),
  )
const headings = () => [...window.document.querySelectorAll('th')].map(({ textContent }) => textContent?.trim())
/** What the rows of a table say; one without words keeps the place of those that are out of sight. */
const rowsOf = (label: string) => [...window.document.querySelectorAll(`table[aria-label="${label}"] tbody tr`)].map((row) => row.textContent).filter(Boolean)

test('a template is tried on the names that there are while it is typed, refused with its mistake, and kept', async () => {
  window.go('/settings/streams')
  await isThere(() => body().queryByLabelText(words('naming.templates')))
  const field = body().getByLabelText(words('naming.templates'))
  fireEvent.change(field, { target: { value: '{kind}{camera}' } })
  await says('the template cannot be read at')
  fireEvent.change(field, { target: { value: '{kind:cam|door}-{camera:int}' } })
  await says('Matched: 5 of 5 names')
  fireEvent.click(field.closest('form')?.querySelector('button[type="submit"]') ?? expect.fail('it can be saved'))
  await until(
    async () => (await deck.ask('/api/streams/naming')).json(),
    (naming) => expect(naming).toEqual({ templates: ['{kind:cam|door}-{camera:int}'], ofFile: false }),
  )
})

test('its fields are columns, filters and groups of the streams', async () => {
  window.go('/streams?field=camera%3D3')
  await says('cam-3')
  await until(
    () => window.text(),
    (shown) => expect(shown).not.toContain('cam-2'),
  )
  window.go('/streams?group=camera')
  await until(
    () => rowsOf(words('common.groupBy')),
    (rows) => expect(rows).toHaveLength(5),
  )
  window.go('/streams?group=kind')
  await until(
    () => rowsOf(words('common.groupBy')),
    (rows) => expect(rows).toEqual([expect.stringMatching(/^cam\s*5/)]),
  )
})

test('the lives of a stream are a lane and a table on its page, and those of all are listed with the streams', async () => {
  window.go(`/servers/${deck.ids.server}/streams/cam-1`)
  await until(
    () => rowsOf(words('lives.title')),
    (rows) => expect(rows).toHaveLength(1),
  )
  expect(window.document.querySelector(`[role="img"][aria-label="${words('lives.lane_one', { count: '1' })}"]`)).not.toBeNull()
  expect(headings()).toEqual(expect.arrayContaining([words('lives.created'), words('lives.active'), words('lives.watched'), words('lives.gone')]))
  window.go('/streams?group=.lives')
  await until(
    () => [0, 1, 2, 3, 4].filter((camera) => rowsOf(words('lives.title')).some((row) => row?.startsWith(`cam-${camera}`))),
    (listed) => expect(listed).toHaveLength(5),
  )
  window.go('/streams?group=.lives&field=camera%3D3')
  await until(
    () => rowsOf(words('lives.title')),
    (rows) => expect([...new Set(rows.map((row) => row?.slice(0, 5)))]).toEqual(['cam-3']),
  )
})
