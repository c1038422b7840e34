import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startTestConsole, type TestConsole } from '../../src/headless/testConsole.fixture.ts'
import type { AlarmStatistics } from '../../src/shared/alarmStatistics.ts'
import type { Alarm } from '../../src/shared/alarms.ts'
import { serverInputSchema } from '../../src/shared/servers.ts'
import { until } from './openDialog.ts'
import { type ConsoleWindow, failureText, openWindow, type Words, wordsInEnglish } from './openWindow.ts'

const names = ['north', 'south', 'west']
let deck: TestConsole
let window: ConsoleWindow
let words: Words
beforeAll(async () => {
  // Nobody answers at these addresses.
  deck = await startTestConsole({ servers: names.map((name) => serverInputSchema.parse({ name, url: 'http://127.0.0.1:9', auth: { kind: 'none' } })) })
  words = await wordsInEnglish()
  const open = async () => (await (await deck.ask('/api/alarms')).json()) as readonly Alarm[]
  await vi.waitFor(async () => expect(await open()).toHaveLength(names.length), { timeout: 60_000, interval: 50 })
  const ids = (await open()).slice(0, 1).map(({ id }) => id)
  await deck.ask('/api/alarms/acknowledge', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ ids }) })
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

test('the load says how many incidents an hour had for an operator, and what made most of them', async () => {
  window.go('/alarms?tab=load')
  await says(words('alarmLoad.began'), words('alarmLoad.none'), 'Server not answering', words('alarmLoad.busiest'), ...names)
  const busiest = () => Number(new RegExp(`${words('alarmLoad.busiest')}\\s*([\\d.]+)|$`).exec(window.text())?.[1])
  const alone = busiest()
  expect(alone).toBeGreaterThan(0)
  window.go('/alarms?tab=load&operators=2')
  await until(busiest, (shared) => expect(shared).toBe(alone / 2))
  // The form of the rule, where a change is rehearsed.
  const hrefs = Array.from(window.document.querySelectorAll('#page a'), (link) => link.getAttribute('href') ?? '')
  expect(hrefs.some((href) => href.endsWith('/alarms?tab=rules&rule=serverDown&edit=serverDown'))).toBe(true)
})

test('what cannot be counted says why', async () => {
  window.use('fails')
  window.go('/alarms?tab=load&days=30')
  await says(failureText)
  window.use('passes')
  window.go('/alarms')
})

test('scripts read the same, and only a few days that are asked for', async () => {
  const counted = (await (await deck.ask('/api/alarms/statistics?days=30')).json()) as AlarmStatistics
  expect(counted).toMatchObject({
    began: 3,
    taken: 1,
    rules: [{ rule: 'serverDown', began: 3 }],
    busyHours: Array(10).fill(0),
    busiest: { began: expect.any(Number) },
  })
  for (const days of ['0', '32', 'x']) expect((await deck.ask(`/api/alarms/statistics?days=${days}`)).status).toBe(400)
})
