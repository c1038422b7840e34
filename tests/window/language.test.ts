import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestConsole, type TestConsole } from '../../src/headless/testConsole.fixture.ts'
import { serverInputSchema } from '../../src/shared/servers.ts'
import { until } from './openDialog.ts'
import { type ConsoleWindow, openWindow, pathsOfPages } from './openWindow.ts'

let deck: TestConsole
let window: ConsoleWindow
const add = async (what: string, one: object) =>
  expect((await deck.ask(`/api/${what}`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(one) })).status).toBe(201)

beforeAll(async () => {
  // Nobody answers at these addresses.
  deck = await startTestConsole({ yamlServers: [serverInputSchema.parse({ name: 'north', url: 'http://127.0.0.1:9', auth: { kind: 'none' } })] })
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
/** All that the window says, whatever the time is. */
const said = () => (window.document.body.textContent ?? '').replace(/\d+/g, '0')
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

const tabs = ['/alarms?tab=rules', '/alarms?tab=channels', '/alarms?tab=load', '/settings/display', '/settings/history', '/settings/people', '/settings/about']
test.each([{ language: 'de' }, { zone: 'utc' }])('a page that is open is drawn anew: %o', async (chosen) => {
  const pages = (await pathsOfPages()).filter((path) => !path.includes(':') && !path.includes('*'))
  for (const page of [...pages, ...tabs]) {
    choose(chosen)
    window.go(page)
    const drawn = await settled()
    window.go('/nowhere')
    choose({})
    await until(said, (words) => expect(words).toContain('Page not found'))
    window.go(page)
    const before = await settled()
    expect(before, page).not.toBe(drawn)
    choose(chosen)
    await until(said, (words) => expect(words, page).toBe(drawn))
  }
})
