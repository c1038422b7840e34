import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startTestConsole, type TestConsole } from '../../src/headless/testConsole.fixture.ts'
import type { Availability } from '../../src/shared/availability.ts'
import { serverInputSchema } from '../../src/shared/servers.ts'
import { until } from './openDialog.ts'
import { type ConsoleWindow, failureText, openWindow, type Words, wordsInEnglish } from './openWindow.ts'

const names = ['north', 'south']
let deck: TestConsole
let window: ConsoleWindow
let words: Words
beforeAll(async () => {
  // Nobody answers at these addresses.
  deck = await startTestConsole({ servers: names.map((name) => serverInputSchema.parse({ name, url: 'http://127.0.0.1:9', auth: { kind: 'none' } })) })
  words = await wordsInEnglish()
  window = await openWindow(deck.engine)
})
afterAll(async () => {
  await window.close()
  await deck[Symbol.asyncDispose]()
})
const says = (...texts: readonly string[]) =>
  until(window.text, (said) => {
    for (const text of texts) expect(said).toContain(text)
  })
/** Up to this moment, and not to the last full minute. */
const report = async (search = '') => await deck.ask(`/api/availability?to=${Date.now()}${search}`)

test('nothing is said of streams where there are none', async () => {
  window.go('/alarms?tab=availability')
  await says(words('availability.none'), words('availability.column.percent'), words('availability.column.repair'))
})

test('what cannot be read says why', async () => {
  window.use('fails')
  window.go('/alarms?tab=availability&of=probe')
  await says(failureText)
  window.use('passes')
  window.go('/alarms')
})

test('scripts read the same, as JSON or a file for a spreadsheet, and mistakes are refused', async () => {
  await vi.waitFor(async () => expect(((await (await report()).json()) as Availability).total).toBe(names.length), { timeout: 60_000, interval: 200 })
  const { rows, all } = (await (await report('&of=server&limit=1&offset=1')).json()) as Availability
  expect(rows).toMatchObject([{ subject: { kind: 'server' }, name: 'south', percent: 0, outages: 1, isDown: true }])
  expect(all).toMatchObject({ percent: 0, outages: 2 })
  const file = await report('&format=csv&server=North')
  expect(file.headers.get('content-type')).toContain('text/csv')
  const [head, line, ...rest] = (await file.text()).trim().split('\r\n')
  expect(head).toMatch(/^kind,name,path,percent,/)
  expect(line).toMatch(/^server,north,,0,0,\d+,1,/)
  expect(rest).toEqual([])
  for (const validationError of ['of=host', 'from=yesterday', 'limit=0', 'path=~(', 'format=pdf'])
    expect((await report(`&${validationError}`)).status).toBe(400)
})
