import { fireEvent } from '@testing-library/dom'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { startTestConsole, type TestConsole } from '../../src/headless/testConsole.fixture.ts'
import type { Alarm } from '../../src/shared/alarms.ts'
import { serverInputSchema } from '../../src/shared/servers.ts'
import { buttonIn, isThere, until } from './openDialog.ts'
import { type ConsoleWindow, openWindow, type Words, wordsInEnglish } from './openWindow.ts'

/** Nobody answers there. */
const nowhere = { url: 'http://127.0.0.1:9', auth: { kind: 'none' } } as const
let deck: TestConsole
let words: Words
let window: ConsoleWindow

/** A loudspeaker as browsers have it: silent until it is resumed, which somebody must have clicked for. */
class Loudspeaker extends EventTarget {
  static blocked = false
  /** Begins and ends of what is repeated. */
  static heard: string[] = []
  state = Loudspeaker.blocked ? 'suspended' : 'running'
  destination = {}
  createGain = () => ({ gain: { value: 0 }, connect: () => {} })
  createBuffer = (_channels: number, length: number, rate: number) => ({ seconds: length / rate, copyToChannel: () => {} })
  createBufferSource = () => {
    const source = {
      buffer: null as { readonly seconds: number } | null,
      loop: false,
      connect: () => {},
      start: () => Loudspeaker.heard.push(`${source.loop ? 'repeats' : 'once'} ${source.buffer?.seconds} s`),
      stop: () => Loudspeaker.heard.push('silence'),
    }
    return source
  }
  resume = async () => {
    this.state = 'running'
    this.dispatchEvent(new Event('statechange'))
  }
}

const critical = { preferences: { soundSeverities: ['critical'] } } as const
const alarms = async () => (await (await deck.ask('/api/alarms')).json()) as readonly Alarm[]
const send = (method: string, path: string, input: object) =>
  deck.ask(`/api/${path}`, { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(input) })
async function addServer(name: string) {
  const { id } = (await (await send('POST', 'servers', { name, ...nowhere })).json()) as { readonly id: string }
  await until(alarms, (all) => expect(all.map(({ serverName }) => serverName)).toContain(name))
  return id
}
const titles = () => window.notices.map(({ title }) => title)

beforeEach(async () => {
  Loudspeaker.heard = []
  Loudspeaker.blocked = false
  deck = await startTestConsole({ servers: ['north', 'south'].map((name) => serverInputSchema.parse({ name, ...nowhere })) })
  words = await wordsInEnglish()
  await until(alarms, (all) => expect(all).toHaveLength(2))
})
afterEach(async () => {
  await window.close()
  await deck[Symbol.asyncDispose]()
})

test('a new alarm is notified once, a click opens it, and its end takes its place; what was there before is no news', async () => {
  window = await openWindow(deck.engine)
  window.go('/')
  await until(
    () => window.document.title,
    (title) => expect(title).toBe('(2) critical · mtxdeck'),
  )
  const id = await addServer('east')
  await until(titles, (said) => expect(said).toEqual(['critical: east']))
  const [notice] = window.notices
  const east = (await alarms()).find(({ serverName }) => serverName === 'east')
  expect(notice).toMatchObject({ tag: east?.id, to: `/alarms?incident=${east?.incident}`, text: expect.stringContaining('Connection refused') })
  if (notice) window.clickNotice(notice)
  await until(window.text, (said) => expect(said).toContain(words('common.whatToDo')))
  await deck.ask(`/api/servers/${id}`, { method: 'DELETE' })
  await until(titles, (said) => expect(said).toEqual(['critical: east', 'over: east']))
  expect(window.notices[1]?.tag).toBe(notice?.tag)
  // Opened again, as by a reload.
  await window.close()
  window = await openWindow(deck.engine)
  window.go('/')
  await until(
    () => window.document.title,
    (title) => expect(title).toBe('(2) critical · mtxdeck'),
  )
  expect(titles()).toEqual([])
})

test('several at once are one notification with their number', async () => {
  window = await openWindow(deck.engine)
  window.go('/')
  await until(
    () => window.document.title,
    (title) => expect(title).toBe('(2) critical · mtxdeck'),
  )
  await addServer('east')
  await until(titles, (said) => expect(said).toEqual(['critical: east']))
  await Promise.all(['one', 'two', 'three'].map(addServer))
  const announced = () =>
    titles()
      .slice(1)
      .reduce((sum, title) => sum + Number(/^(\d) new alarms, the worst is critical$/.exec(title)?.[1] ?? 1 + Number(/ \+(\d) more$/.exec(title)?.[1] ?? 0)), 0)
  await until(announced, (count) => expect(count).toBe(3))
  // On a slow machine the first of them may be shown alone.
  expect(titles().length).toBeLessThanOrEqual(3)
})

test('an alarm sounds until it is acknowledged, and a mute ends it until it is undone', async () => {
  vi.stubGlobal('AudioContext', Loudspeaker)
  window = await openWindow(deck.engine, critical)
  window.go('/')
  await until(
    () => Loudspeaker.heard,
    (heard) => expect(heard).toEqual(['repeats 3 s']),
  )
  fireEvent.keyDown(window.document.body, { key: 'M', shiftKey: true })
  await until(
    () => Loudspeaker.heard,
    (heard) => expect(heard).toEqual(['repeats 3 s', 'silence']),
  )
  await isThere(() => window.document.querySelector('header button[aria-label^="Muted until"]'))
  fireEvent.keyDown(window.document.body, { key: 'M', shiftKey: true })
  await until(
    () => Loudspeaker.heard,
    (heard) => expect(heard).toEqual(['repeats 3 s', 'silence', 'repeats 3 s']),
  )
  const [one, other] = await alarms()
  await send('POST', 'alarms/acknowledge', { ids: [one?.id] })
  await send('POST', 'alarms/shelve', { ids: [other?.id], until: Date.now() + 3_600_000, reason: 'moved' })
  await until(
    () => Loudspeaker.heard,
    (heard) => expect(heard.slice(3)).toEqual(['silence']),
  )
})

test('a sound that the browser blocks is said to be blocked, until somebody clicks', async () => {
  Loudspeaker.blocked = true
  vi.stubGlobal('AudioContext', Loudspeaker)
  window = await openWindow(deck.engine, critical)
  window.go('/')
  await until(window.alerts, (alerts) => expect(alerts.join()).toContain(words('notifications.blocked')))
  expect(Loudspeaker.heard).toEqual([])
  fireEvent.pointerDown(window.document.body)
  await until(
    () => Loudspeaker.heard,
    (heard) => expect(heard).toEqual(['repeats 3 s']),
  )
  expect(window.alerts().join()).not.toContain(words('notifications.blocked'))
})

test('each severity has a test of its sound, and none sounds until somebody chooses it', async () => {
  vi.stubGlobal('AudioContext', Loudspeaker)
  window = await openWindow(deck.engine)
  window.go('/settings/notifications')
  await until(window.text, (said) => expect(said).toContain(words('notifications.soundText')))
  for (const severity of ['critical', 'major', 'minor', 'warning'])
    fireEvent.click(window.document.querySelector(`[aria-label="${words('common.play')}: ${severity}"]`) as Element)
  expect(Loudspeaker.heard).toEqual(['once 3 s', 'once 8 s', 'once 20 s', 'once 30 s'])
  await isThere(() => window.document.querySelector(`header button[aria-label="${words('notifications.soundOff')}"]`))
  fireEvent.click(buttonIn(window.document.body, words('notifications.tryNotice')) as Element)
  expect(titles()).toEqual([words('common.mtxdeck')])
})
