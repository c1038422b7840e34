import { fireEvent } from '@testing-library/dom'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSystemClock } from '../../src/clock/clock.ts'
import { createDemoFleet, type DemoFleet } from '../../src/demo/demoFleet.fixture.ts'
import { startTestConsole, type TestConsole } from '../../src/headless/testConsole.fixture.ts'
import type { Alarm } from '../../src/shared/alarms.ts'
import type { Incident } from '../../src/shared/incidents.ts'
import { buttonIn, isThere, until, windowSays } from './openDialog.ts'
import { type ConsoleWindow, openWindow, type Words, wordsInEnglish } from './openWindow.ts'

/** A path that shows its slate on three servers, and one that shows it on the first alone. */
let demo: DemoFleet
let deck: TestConsole
let window: ConsoleWindow
let words: Words
const names = ['north', 'south', 'west']
const ask = async <T>(path: string) => (await (await deck.ask(`/api/${path}`)).json()) as T

beforeAll(async () => {
  const slate = (name: string) => ({ name, mode: 'alwaysAvailable' as const, live: false })
  demo = await createDemoFleet({
    clock: createSystemClock(),
    seed: 'incidents',
    servers: names.map((name) => ({ name, version: '1.20' as const, paths: [slate('studio'), ...(name === 'north' ? [slate('foyer')] : [])] })),
  })
  deck = await startTestConsole({ servers: demo.yamlServers() })
  words = await wordsInEnglish()
  await until(
    () => ask<readonly Alarm[]>('alarms'),
    (alarms) => expect(alarms).toHaveLength(4),
  )
  window = await openWindow(deck.engine)
})
afterAll(async () => {
  await window.close()
  await deck[Symbol.asyncDispose]()
  await demo[Symbol.asyncDispose]()
})

/** The button that shows or hides the alarms of the incident. */
const fold = (does: 'show' | 'hide') => window.document.querySelector(`[aria-label$="${title}"][aria-expanded="${does === 'hide'}"]`)
const labelled = (label: string) => window.document.querySelector(`[aria-label="${label}"]`)
const title = 'studio · 3 servers'
const says = (text: string | RegExp) => until(window.text, (said) => expect(said).toMatch(text))

test('a path that shows its slate on three servers is one incident over REST, with its evidence', async () => {
  const incidents = await ask<readonly Incident[]>('incidents')
  expect(incidents.map(({ title: name, membersTotal }) => [name, membersTotal]).sort()).toEqual([
    ['north · foyer', 1],
    [title, 3],
  ])
  const [{ id, cause, factors } = expect.fail('there is one')] = incidents.filter(({ membersTotal }) => membersTotal === 3)
  expect(cause).toMatch(/^Slate shown on studio, on 3 servers within \d+ s\. The slate is on air/)
  expect(factors).toMatchObject([{ kind: 'path', path: 'studio', servers: 3 }])
  const details = await ask<{ readonly alarms: readonly Alarm[] }>(`incidents/${id}`)
  expect(details.alarms.map(({ serverName }) => serverName).sort()).toEqual(names)
  expect((await deck.ask('/api/incidents/no-such')).status).toBe(404)
})

test('it is one card of the penalty box', async () => {
  window.go('/')
  await says(/studio · 3 servers/)
  await says(/3 streams · 0 readers/)
  const cards = [...window.document.querySelectorAll('[data-penalty-place] li')].map(({ textContent }) => textContent)
  expect(cards).toHaveLength(2)
})

test('incidents are what is counted, in every place alike', async () => {
  window.go('/alarms')
  await says(`${words('alarms.state.unacknowledged')} 2 · 4 alarms`)
  const { body } = window.document
  expect(body.querySelector('nav a[href^="#/alarms"]')?.textContent).toMatch(/^Alarms\s*2/)
  expect(body.querySelector('a[href="#/alarms?state=unacknowledged"]')?.textContent).toBe('2 unacknowledged')
  expect(window.document.title).toBe('(2) major · mtxdeck')
  const chip = Array.from(body.querySelectorAll('search button'), ({ textContent }) => textContent).find((text) => text?.includes('major'))
  expect(chip).toMatch(/major\s*2$/)
  const counter = Array.from(body.querySelectorAll('header a'), ({ textContent }) => textContent)
  expect(counter).toEqual(expect.arrayContaining([expect.stringMatching(/2/)]))
  window.go('/')
  await says(/2 incidents/)
})

test('it is one row, which shows its alarms and hides them, and whose box selects them all', async () => {
  window.go('/alarms')
  await isThere(() => fold('show'))
  expect(labelled(words('common.selectName', { name: 'studio' }))).toBeNull()
  fireEvent.click(fold('show') as Element)
  await isThere(() => fold('hide'))
  expect(window.document.querySelectorAll(`[aria-label="${words('common.selectName', { name: 'studio' })}"]`)).toHaveLength(3)
  fireEvent.click(fold('hide') as Element)
  await isThere(() => fold('show'))
  fireEvent.click(labelled(words('common.selectName', { name: title })) as Element)
  await says(/3 alarms selected/)
  fireEvent.keyDown(window.document.body, { key: 'a' })
  await expect.poll(async () => (await ask<readonly Alarm[]>('alarms?state=acknowledged')).map(({ serverName }) => serverName).sort()).toEqual(names)
})

test('the details of one of its alarms say what belongs together, and why', async () => {
  const [{ lead, members } = expect.fail('there is one')] = (await ask<readonly Incident[]>('incidents')).filter(({ membersTotal }) => membersTotal === 3)
  window.go(`/alarms?id=${lead}`)
  await says(words('alarms.belongs'))
  await says(/Slate shown on studio, on 3 servers within \d+ s\./)
  for (const id of members) if (id !== lead) expect(window.document.querySelector(`a[href="#/alarms?id=${id}"]`)).not.toBeNull()
})

test('a dossier of an incident is saved from the details of its alarm, of a period from History, or it is said why not', async () => {
  const [{ lead } = expect.fail('there is one')] = (await ask<readonly Incident[]>('incidents')).filter(({ membersTotal }) => membersTotal === 3)
  const press = async (saved: number) => {
    await isThere(() => buttonIn(window.document.body, words('dossier.button'))?.disabled === false)
    const before = window.savedFiles.length
    fireEvent.click(buttonIn(window.document.body, words('dossier.button')) as HTMLElement)
    await until(
      () => window.savedFiles.slice(before),
      (files) => expect(files).toEqual(Array.from({ length: saved }, () => expect.stringMatching(/^mtxdeck-[\d-]+\.html$/))),
    )
  }
  window.go(`/alarms?alarm=${lead}`)
  await press(1)
  await windowSays(window, words('dossier.made', { name: '' }).trim())
  window.go('/history')
  await press(1)
  fireEvent.click(buttonIn(window.document.body, words('dossier.ways')) as HTMLElement)
  const before = window.savedFiles.length
  await isThere(() => buttonIn(window.document.body, words('dossier.hidden')) !== undefined)
  fireEvent.click(buttonIn(window.document.body, words('dossier.hidden')) as HTMLElement)
  await until(
    () => window.savedFiles,
    (files) => expect(files).toHaveLength(before + 1),
  )
  window.use('fails')
  await press(0)
  await windowSays(window, words('common.failedReason', { reason: '' }).trim())
  window.use('passes')
})

test('its details stay those of the incident when another alarm leads it, the focus stays in them, and `a` takes all of it', async () => {
  const acknowledged = () => ask<readonly Alarm[]>('alarms?state=acknowledged')
  const ids = (await acknowledged()).map((alarm) => alarm.id)
  await deck.ask('/api/alarms/unacknowledge', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ ids }) })
  await until(acknowledged, (alarms) => expect(alarms).toEqual([]))
  const find = async () => (await ask<readonly Incident[]>('incidents')).find(({ factors }) => factors.some(({ kind }) => kind === 'path'))
  const before = (await find()) ?? expect.fail('there is one')
  window.go(`/alarms?incident=${before.id}`)
  const details = () => labelled(words('common.details'))
  const heading = (server: string) => expect(details()?.textContent).toContain(server)
  await until(() => before.serverName, heading)
  const close = details()?.querySelector<HTMLElement>(`[aria-label="${words('common.close')}"]`)
  close?.focus()
  demo.server(before.serverName).trouble({ kind: 'publisherGone', path: 'studio', forMs: 1 })
  await until(find, (incident) => expect(incident?.lead).not.toBe(before.lead))
  const after = await find()
  await until(() => after?.serverName ?? '?', heading)
  expect(window.document.activeElement).toBe(close)
  fireEvent.keyDown(window.document.body, { key: 'a' })
  const others = names.filter((name) => name !== before.serverName)
  await expect.poll(async () => (await acknowledged()).map(({ serverName }) => serverName).sort()).toEqual(others)
})
