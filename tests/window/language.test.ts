import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestConsole, type TestConsole } from '../../src/headless/testConsole.fixture.ts'
import { serverInputSchema } from '../../src/shared/servers.ts'
import { until } from './openDialog.ts'
import { type ConsoleWindow, openWindow } from './openWindow.ts'

let deck: TestConsole
let window: ConsoleWindow
const add = async (what: string, one: object) =>
  expect((await deck.ask(`/api/${what}`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(one) })).status).toBe(201)

beforeAll(async () => {
  // Nobody answers at these addresses.
  deck = await startTestConsole({ servers: [serverInputSchema.parse({ name: 'north', url: 'http://127.0.0.1:9', auth: { kind: 'none' } })] })
  await add('hosts', { name: 'rack', ssh: 'noc@127.0.0.1:9', auth: { kind: 'password', password: 'secret' } })
  await add('probes', { name: 'gate', url: 'rtsp://127.0.0.1:9/gate', paused: true })
  window = await openWindow(deck.engine)
})
afterAll(async () => {
  await window.close()
  await deck[Symbol.asyncDispose]()
})

/** As if it were chosen in another window of this desk. */
function choose(preferences: object): void {
  localStorage.setItem('mtxdeck.preferences', JSON.stringify(preferences))
  globalThis.window.dispatchEvent(Object.assign(new Event('storage'), { key: null }))
}
/** All that the window says, whatever the time is, and however many times stand on its axes. */
function said(): string {
  // What recharts last measured, and the choices that Radix keeps for browsers that fill in forms: nobody sees them.
  const seen = window.document.body.cloneNode(true) as Element
  for (const hidden of seen.querySelectorAll('#recharts_measurement_span, select[aria-hidden]')) hidden.remove()
  // Figures change meanwhile, and with them how many digits they are shown with.
  return (seen.textContent ?? '').replace(/\d+(?:[.,]\d+)*/g, '0').replace(/0(?::0)+/g, '0:0')
}
/** The same, once nothing more is read. */
async function settled(): Promise<string> {
  let before = ''
  await until(
    async () => {
      before = said()
      await new Promise((resolve) => setTimeout(resolve, 200))
      return said()
    },
    (words) => {
      expect(words).toBe(before)
      expect(window.skeletons()).toBe(0)
      expect(window.document.querySelector('main')?.textContent).not.toBe('')
    },
  )
  return before
}

async function openAnew(page: string): Promise<string> {
  window.go('/nowhere')
  await until(said, (words) => expect(words).toContain('/nowhere'))
  window.go(page)
  await until(said, (words) => expect(words).not.toContain('/nowhere'))
  return settled()
}

const pages = [
  ...['/', '/streams', '/cameras', '/servers', '/servers/configurations', '/sessions', '/sessions/watched', '/hosts', '/planner', '/recordings', '/wall'],
  ...['past', 'load', 'availability', 'maintenance', 'rules', 'channels'].map((tab) => `/alarms?tab=${tab}`),
  ...['/probes', '/probes/daily', '/history', '/handover', '/help', '/probes?add=', '/cameras?add='],
]
const settings = ['display', 'history', 'people', 'about'].map((section) => `/settings/${section}`)
test.each([{ language: 'de' }, { zone: 'utc' }])('a page that is open is drawn anew: %o', async (chosen) => {
  for (const page of [...pages, ...settings]) {
    choose(chosen)
    const drawn = await openAnew(page)
    choose({})
    expect(await openAnew(page), page).not.toBe(drawn)
    choose(chosen)
    await until(said, (words) => expect(words, page).toBe(drawn))
  }
})
