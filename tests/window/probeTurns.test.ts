import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { MediaPort } from '../../src/engine/ports.ts'
import { startTestConsole, type TestConsole } from '../../src/headless/testConsole.fixture.ts'
import { goodReading } from '../../src/shared/probeReadings.fixture.ts'
import { type Probe, probeInputSchema } from '../../src/shared/probes.ts'
import { serverInputSchema } from '../../src/shared/servers.ts'
import { until } from './openDialog.ts'
import { openWindow, type Words, wordsInEnglish } from './openWindow.ts'

/** A stream that answers at once, and one that never does. */
const media: MediaPort = {
  snapshot: async () => ({ ok: false, error: { kind: 'unavailable', because: 'noProcess' } }),
  tools: async () => ({ ok: false, error: { kind: 'unavailable', because: 'noProcess' } }),
  probe: async ({ url }, onReading, signal) => {
    if (url.endsWith('/read')) {
      onReading(goodReading, null)
      return null
    }
    await new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()))
    return { kind: 'cancelled' }
  },
}

let deck: TestConsole
let words: Words
const ask = async <T>(method: string, path: string, body?: object) => {
  const sent = body && { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
  return (await (await deck.ask(`/api/probes${path}`, { method, ...sent })).json()) as T
}
const add = (name: string, more: object = {}) =>
  ask<Probe>('POST', '', probeInputSchema.parse({ name, url: `rtsp://127.0.0.1:9/${name}`, intervalSeconds: 86_400, ...more }))

beforeAll(async () => {
  words = await wordsInEnglish()
  deck = await startTestConsole({
    media,
    servers: [serverInputSchema.parse({ name: 'north', url: 'http://127.0.0.1:9', auth: { kind: 'none' }, paused: true })],
  })
})
afterAll(() => deck[Symbol.asyncDispose]())

test('of probes that are due the one that is read says so, and those that wait for it do not; one that is otherwise than agreed says that', async () => {
  await ask('PUT', '/settings', { atOnce: 1 })
  const { id } = await add('read', { contract: { widthPx: 640 } })
  await until(
    () => ask<Probe>('GET', `/${id}`),
    (probe) => expect(probe).toMatchObject({ state: 'up', nextAt: expect.any(Number) }),
  )
  for (const name of ['held', 'waits', 'waits too']) await add(name, { url: `rtsp://127.0.0.1:9/${name.replace(' ', '-')}` })
  const window = await openWindow(deck.engine, {})
  onTestFinished(() => window.close())
  window.go('/probes')
  const row = (name: string) =>
    [...window.document.querySelectorAll('#page tbody tr')].find((one) => one.querySelector('.font-semibold[title]')?.getAttribute('title') === name)
      ?.textContent ?? ''
  await until(
    () => ['held', 'waits', 'waits too'].map((name) => [row(name).includes(words('probes.readingNow')), row(name).includes(words('probes.due'))]),
    (said) =>
      expect(said).toEqual([
        [true, false],
        [false, true],
        [false, true],
      ]),
  )
  expect(row('read')).toContain(`${'Differences from the contract'}: 1`)
})
