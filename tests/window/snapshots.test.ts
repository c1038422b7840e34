import { fireEvent } from '@testing-library/dom'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createSystemClock } from '../../src/clock/clock.ts'
import { createDemoFleet, type DemoFleet } from '../../src/demo/demoFleet.fixture.ts'
import type { MediaPort } from '../../src/engine/ports.ts'
import { startTestConsole, type TestConsole } from '../../src/headless/testConsole.fixture.ts'
import type { Alarm } from '../../src/shared/alarms.ts'
import { soleOperator } from '../../src/shared/permissions.ts'
import { err, ok } from '../../src/shared/result.ts'
import type { SnapshotFacts } from '../../src/shared/snapshots.ts'
import { buttonIn, isThere, leave, until, windowSays } from './openDialog.ts'
import { type ConsoleWindow, guest, openWindow, type Words, wordsInEnglish } from './openWindow.ts'

/** What the media process answers with, by path; without one nothing could be decoded. */
const decoded = new Map<string, Uint8Array<ArrayBuffer>>()
const media: MediaPort = {
  snapshot: async ({ url }) => {
    const jpeg = decoded.get(new URL(url).pathname.split('/')[1] ?? '')
    return jpeg === undefined
      ? err({ kind: 'undecodable', because: 'noWholePicture' })
      : ok({ jpeg, widthPx: 480, heightPx: 270, codec: 'h264', bytesRead: 50_000, tookMs: 40 })
  },
  probe: async () => ({ kind: 'unavailable', because: 'noProcess' }),
  tools: async () => ok({ uses: 'node-av', ffmpeg: null, problem: null, install: '', sandbox: 'refused' }),
}

let demo: DemoFleet
let deck: TestConsole
let window: ConsoleWindow
let words: Words
let serverId = ''
const post = (path: string, input: object, method = 'POST') =>
  deck.ask(`/api/${path}`, { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(input) })
const ask = async <T>(path: string) => (await (await deck.ask(`/api/${path}`)).json()) as T
const take = async (path: string) => {
  const { picture } = (await (await post('snapshots', { serverId, path })).json()) as { readonly picture: SnapshotFacts | null }
  return picture?.at ?? expect.fail(`no snapshot of ${path}`)
}
const alarmOf = async (path: string) => {
  let id = ''
  await until(
    () => ask<readonly Alarm[]>('alarms'),
    (alarms) => {
      const [alarm] = alarms.filter(({ subject }) => subject.kind === 'stream' && subject.path === path)
      expect(alarm).toBeDefined()
      id = alarm?.id ?? ''
    },
  )
  return id
}

beforeAll(async () => {
  const paths = ['kept', 'busy', 'leaving', 'never'].map((name) => ({ name }))
  demo = await createDemoFleet({ clock: createSystemClock(), seed: 'snapshots', servers: [{ name: 'berlin', paths }] })
  deck = await startTestConsole({ servers: demo.yamlServers(), media })
  words = await wordsInEnglish()
  await until(
    () => ask('fleet'),
    (fleet) => expect(fleet).toMatchObject({ serversUp: 1 }),
  )
  serverId = (await ask<readonly { readonly id: string }[]>('servers'))[0]?.id ?? ''
  // Each picture is taken when a test says so.
  expect((await post('snapshots/settings', { everySeconds: null }, 'PUT')).status).toBe(200)
  for (const { name } of paths) if (name !== 'never') decoded.set(name, Buffer.from(`picture of ${name}`))
  window = await openWindow(deck.engine, { widthPx: 1920 })
})
afterEach(async () => {
  window.signIn(soleOperator)
  window.use('passes')
  await leave(window)
})
afterAll(async () => {
  await window.close()
  await deck[Symbol.asyncDispose]()
  await demo[Symbol.asyncDispose]()
})

const says = (text: string | RegExp) => until(window.text, (said) => expect(said).toMatch(text))
const find = (selector: string) => window.document.querySelector<HTMLElement>(selector)
const press = async (name: string) => {
  await isThere(() => buttonIn(window.document.body, words(name)))
  fireEvent.click(buttonIn(window.document.body, words(name)) as Element)
}
const stream = (path: string, query = '') => `/servers/${serverId}/streams/${path}${query}`
const jpegOf = (path: string) => `data:image/jpeg;base64,${Buffer.from(decoded.get(path) ?? '').toString('base64')}`

test('a snapshot is kept by a click, shown with its age where nothing plays, and in the strip, from which a click goes to its moment', async () => {
  window.go(stream('kept'))
  await says(words('past.noPictureText'))
  await press('snapshot.keep')
  await windowSays(window, words('common.saved'))
  await isThere(() => find('#page img[data-kept]'))
  expect(find('#page img[data-kept]')?.getAttribute('src')).toBe(jpegOf('kept'))
  await says(/snapshot of \d\d:\d\d:\d\d · \d+ s ago/)
  await isThere(() => find('[data-snapshot] img'))
  const thumb = find('[data-snapshot]')
  fireEvent.click(thumb as Element)
  await until(window.address, (address) => expect(address).toContain(`at=${thumb?.dataset.snapshot}`))
  await isThere(() => find('[data-picture="past"] img'))
  await says(/snapshot of \d\d:\d\d:\d\d · 0 s earlier/)
})

test('before the first one was kept, the past says that there is none', async () => {
  const at = await take('kept')
  const [{ at: first } = expect.fail('there is one')] = (
    await ask<{ readonly snapshots: readonly SnapshotFacts[] }>(`snapshots?serverId=${serverId}&path=kept&from=${at - 3_600_000}&to=${at}`)
  ).snapshots
  window.go(stream('kept', `?at=${first - 1}`))
  await says(words('past.noPictureText'))
  expect(find('#page img[data-kept]')).toBeNull()
})

test('a snapshot that can’t be taken says why, and to whoever may not take one which permission it needs', async () => {
  window.go(stream('never'))
  await press('snapshot.keep')
  await windowSays(window, 'Failed: The stream could not be decoded: no complete picture arrived.')
  window.signIn(guest('view'))
  await press('snapshot.keep')
  await windowSays(window, 'This needs the permission "operate"; Guest has "view"')
  expect(find('[data-snapshot]')).toBeNull()
})

test('a card of a stream that is on air shows its newest snapshot with its age, and says where it is from before the alarm', async () => {
  await take('busy')
  expect((await post('rules', { id: 'muchData', metric: 'path.bitrateIn', above: 1, onDelaySeconds: 0, streams: ['busy', 'never'] })).status).toBe(201)
  await alarmOf('busy')
  window.go('/')
  const card = (path: string) => [...window.document.querySelectorAll('[data-penalty-place] li')].find(({ textContent }) => textContent?.includes(path))
  await isThere(() => card('busy')?.querySelector('[data-kept]'))
  expect(card('busy')?.querySelector('img')?.getAttribute('src')).toBe(jpegOf('busy'))
  expect(card('busy')?.querySelector('[data-kept]')?.textContent).toMatch(new RegExp(`s ago · ${words('snapshot.beforeAlarm')}$`))
  await until(
    () => card('never')?.textContent,
    (said) => expect(said).toContain(words('preview.failed')),
  )
  await take('busy')
  // It is read again by itself.
  await until(
    () => card('busy')?.querySelector('[data-kept]')?.textContent,
    (said) => expect(said).toMatch(/s ago$/),
  )
})

test('an alarm shows its stream before and after the onset, and says which of them was not kept', async () => {
  const before = await take('leaving')
  // It is live after that, so that the onset is later.
  await until(
    () => ask<{ readonly figures: { readonly readAt: number } }>(`servers/${serverId}/streams/leaving`),
    ({ figures }) => expect(figures.readAt).toBeGreaterThan(before),
  )
  demo.server('berlin').trouble({ kind: 'publisherGone', path: 'leaving' })
  window.go(`/alarms?id=${await alarmOf('leaving')}`)
  await says(/\d+ s earlier/)
  await says(words('past.noPictureText'))
  const picture = find('[data-side="before"]')
  expect(picture?.getAttribute('src')).toBe(jpegOf('leaving'))
  expect(picture?.closest('a')?.getAttribute('href')).toContain(`streams/leaving?at=${before}`)
  window.go(stream('leaving'))
  // What is off the air does not look as if it were on it.
  await isThere(() => find('#page img[data-kept].grayscale'))
  await says(words('preview.obstacle.notLive'))

  window.go(`/alarms?id=${await alarmOf('busy')}`)
  await says(/\d+ s later/)
  window.go(`/alarms?id=${await alarmOf('never')}`)
  await says(words('past.noPictureText'))
})

test('the settings say how often snapshots are taken, at what cost, and what is kept', async () => {
  window.go('/settings/pictures')
  await says(words('snapshot.byHand'))
  await says(/\d+ snapshots · [\d.]+ k?B · since/)
  await says(/adds [\d.]+ readers, [\d.]+ k?bit\/s/)
})
