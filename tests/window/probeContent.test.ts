import { fireEvent } from '@testing-library/dom'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { MediaPort } from '../../src/engine/ports.ts'
import { startTestConsole, type TestConsole } from '../../src/headless/testConsole.fixture.ts'
import type { Alarm } from '../../src/shared/alarms.ts'
import { checksOfProfile } from '../../src/shared/probeContent.ts'
import { goodReading } from '../../src/shared/probeReadings.fixture.ts'
import { type Probe, probeInputSchema } from '../../src/shared/probes.ts'
import { serverInputSchema } from '../../src/shared/servers.ts'
import type { KeptPicture } from '../../src/shared/snapshots.ts'
import { isThere, leave, openDialog, until } from './openDialog.ts'
import { type ConsoleWindow, openWindow, type Words, wordsInEnglish } from './openWindow.ts'

/** One look: the picture has been frozen for 42 s, its sound is far too soft to tell a loudness; in the other nothing is looked for. */
const frozen = {
  ...goodReading,
  content: {
    pictures: 5,
    undecoded: [],
    darkPercent: 12,
    motionPercent: 0.04,
    peakDbfs: -120,
    clippedPercent: 0,
    loudnessLufs: null,
    findings: [{ check: 'frozen' as const, seconds: 42, isFromStart: true }],
    evaluated: checksOfProfile.studio.filter((check) => check !== 'colourBars'),
  },
}
const jpeg = Buffer.from('picture of a fault')
const media: MediaPort = {
  snapshot: async () => ({ ok: false, error: { kind: 'unavailable', because: 'noProcess' } }),
  tools: async () => ({ ok: false, error: { kind: 'unavailable', because: 'noProcess' } }),
  probe: async ({ content }, onReading) => {
    if (content == null) onReading(goodReading, null)
    else onReading(frozen, { jpeg: Uint8Array.from(jpeg), widthPx: 320, heightPx: 180 })
    return null
  },
}

let deck: TestConsole
let window: ConsoleWindow
let words: Words
let id = ''
let alarm = ''
let pictureAt = 0
const ask = async <T>(path: string) => (await (await deck.ask(`/api/${path}`)).json()) as T

beforeAll(async () => {
  // Once a day: nothing changes while it is looked at.
  const daily = { intervalSeconds: 86_400, retries: 0 }
  deck = await startTestConsole({
    media,
    // Without any the window welcomes.
    servers: [serverInputSchema.parse({ name: 'north', url: 'http://127.0.0.1:9', auth: { kind: 'none' }, paused: true })],
    probes: [
      probeInputSchema.parse({ name: 'belfry', url: 'rtsp://127.0.0.1:9/belfry', profile: 'studio', thresholds: { targetLufs: -20 }, ...daily }),
      probeInputSchema.parse({ name: 'crypt', url: 'rtsp://127.0.0.1:9/crypt', ...daily }),
    ],
  })
  words = await wordsInEnglish()
  id = (await ask<readonly Probe[]>('probes')).find(({ name }) => name === 'belfry')?.id ?? ''
  await until(
    () => ask<readonly KeptPicture[]>(`probes/${id}/evidence`),
    (kept) => {
      expect(kept).toHaveLength(1)
      pictureAt = kept[0]?.at ?? 0
    },
  )
  await until(
    () => ask<readonly Alarm[]>('alarms'),
    (alarms) => {
      alarm = alarms.find(({ rule }) => rule === 'pictureFrozen')?.id ?? ''
      expect(alarm).not.toBe('')
    },
  )
  window = await openWindow(deck.engine, { widthPx: 1920 })
})
afterEach(() => leave(window))
afterAll(async () => {
  await window.close()
  await deck[Symbol.asyncDispose]()
})

const says = (...texts: readonly (string | RegExp)[]) =>
  until(window.text, (said) => {
    for (const text of texts) expect(said).toMatch(text)
  })
const find = (selector: string) => window.document.querySelector<HTMLElement>(selector)
const src = `data:image/jpeg;base64,${jpeg.toString('base64')}`

test('the list says what is worst, and finds a probe by it', async () => {
  window.go('/probes')
  await says('belfry', 'crypt', 'Frozen for 42 s')
  window.go('/probes?q=frozen')
  await until(window.text, (said) => expect(said).not.toContain('crypt'))
  expect(window.text()).toContain('belfry')
})

test('the details say what is looked for, what lasts, the figures, what could not be judged and why; a picture of the fault is enlarged by a click', async () => {
  window.go(`/probes?id=${id}`)
  await says('Colour bars', /Studio programme/, /Frozen for 42 s\s*since \d\d:\d\d:\d\d/, '0.04 %', /< -70.0 LUFS\s*target -20.0 LUFS/)
  await until(
    () => find('[data-why="noBars"]')?.textContent,
    (said) => expect(said).toContain(words('probes.content.why.noBars')),
  )
  await isThere(() => find('[data-evidence] button img'))
  expect(find('[data-large]')).toBeNull()
  fireEvent.click(find('[data-evidence] button') as Element)
  await isThere(() => find('[data-large]'))
  expect(find('[data-large]')?.getAttribute('src')).toBe(src)
  // The address has a query of its own.
  expect(find('[data-evidence] figure a')?.getAttribute('href')).toContain(`/probes?id=${id}&at=${pictureAt}`)
  fireEvent.click(find('[data-evidence] button') as Element)
  await until(
    () => find('[data-large]'),
    (large) => expect(large).toBeNull(),
  )
})

test('where nothing is looked for, the details say so', async () => {
  const other = (await ask<readonly Probe[]>('probes')).find(({ name }) => name === 'crypt')?.id
  window.go(`/probes?id=${other}`)
  await says(words('probes.content.nothing'))
})

test('the past has the pictures that were kept by then, and nothing of what lasts now', async () => {
  window.go(`/probes?id=${id}&at=${pictureAt - 1_000}`)
  await says(words('past.noPictureText'))
  expect(window.text()).not.toContain('Frozen for')
  window.go(`/probes?id=${id}&at=${pictureAt}`)
  await isThere(() => find('[data-evidence] img'))
  expect(window.text()).not.toContain(words('probes.content.lookedFor'))
})

test('an alarm of a frozen picture shows it', async () => {
  window.go(`/alarms?id=${alarm}`)
  await isThere(() => find('[data-large]'))
  expect(find('[data-large]')?.getAttribute('src')).toBe(src)
})

test('what was done calls it by its rule, and its place is said to be a probe', async () => {
  window.go(`/alarms?id=${alarm}`)
  await says('belfry · probe', 'began: Picture is frozen')
  expect(window.text()).not.toContain(words('troubleKind.limitCrossed'))
})

test('on its page the key a takes it', async () => {
  window.go(`/probes?id=${id}`)
  await isThere(() => find(`[data-alarm="${alarm}"]`))
  fireEvent.keyDown(find('body') as Element, { key: 'a' })
  await until(
    () => ask<Alarm>(`alarms/${alarm}`),
    ({ acknowledged }) => expect(acknowledged?.by).toBe('operator'),
  )
})

test('a test of an address says what was found in its pictures and sound', async () => {
  const dialog = await openDialog(window, { at: '/probes?add', title: 'common.addAProbe' })
  dialog.type('probes.form.url', 'rtsp://127.0.0.1:9/spire')
  fireEvent.click(dialog.field('probes.content.checks.frozen'))
  dialog.press('editing.test')
  await until(dialog.says, (said) => expect(said).toMatch(/Grade: poor.*Frozen for 42 s/))
})

test('the penalty box has the picture of the fault, with its age', async () => {
  window.go('/')
  await isThere(() => find('#page [data-kept] img'))
  expect(find('#page [data-kept] img')?.getAttribute('src')).toBe(src)
  expect(find('#page [data-kept]')?.textContent).toMatch(/ ago/)
})
