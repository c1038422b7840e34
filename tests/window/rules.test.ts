import { fireEvent } from '@testing-library/dom'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { startTestConsole, type TestConsole } from '../../src/headless/testConsole.fixture.ts'
import { shippedRuleIds } from '../../src/shared/rules.ts'
import { serverInputSchema } from '../../src/shared/servers.ts'
import { isThere, leave, until } from './openDialog.ts'
import { type ConsoleWindow, failureText, openWindow, type Words, wordsInEnglish } from './openWindow.ts'

let deck: TestConsole
let window: ConsoleWindow
let words: Words

beforeAll(async () => {
  deck = await startTestConsole({
    // Nobody answers there.
    servers: [serverInputSchema.parse({ name: 'north', url: 'http://127.0.0.1:9', auth: { kind: 'none' } })],
    rules: [
      { id: 'streamGone', onDelaySeconds: 40 },
      { id: 'hostCpu', exceptions: [{ hosts: ['edge*'], above: 99, severity: 'minor', reason: 'encodes at night' }] },
      { id: 'slowLink', metric: 'path.rtt', above: 300, clear: 200, tags: ['studio'], runbook: 'Call the site.', runbookUrl: 'https://wiki.example/slow' },
    ],
  })
  words = await wordsInEnglish()
  window = await openWindow(deck.engine)
})
afterEach(async () => {
  window.use('passes')
  await leave(window)
})
afterAll(async () => {
  await window.close()
  await deck[Symbol.asyncDispose]()
})

const says = (...texts: readonly string[]) =>
  until(window.text, (said) => {
    for (const text of texts) expect(said).toContain(text)
  })
const rowOf = (id: string) => Array.from(window.document.querySelectorAll('#page tbody tr')).find((row) => row.textContent?.includes(id))

test('rules that cannot be read say why', async () => {
  window.use('fails')
  window.go('/alarms?tab=rules')
  await says(words('alarms.notRead', { reason: failureText }))
})

test('rules stand under what they watch, and each says when it is an alarm and who set it', async () => {
  window.go('/alarms?tab=rules')
  await says(`${words('common.streams')} 18`, `${shippedRuleIds.length + 1} rules`)
  expect(rowOf('streamGone')?.textContent).toContain(`40 s5 s${words('common.all')}${words('settings.yaml')}`)
  expect(rowOf('bitrateLow')?.textContent).toMatch(/Bitrate in: once somebody enters a limit2 min.*mtxdeck0/)
  expect(rowOf('slowLink')?.textContent).toMatch(/ > 300 ms.*minor0 s.*studio.*Configuration file/)
})

test('in the past, rules and channels say that they are those of now', async () => {
  for (const tab of ['rules', 'channels']) {
    window.go(`/alarms?tab=${tab}`)
    await isThere(() => window.document.querySelector('#page table, #page section'))
    expect(window.text()).not.toContain(words('alarms.atMoment.ofNow'))
    window.go(`/alarms?tab=${tab}&at=${Date.now() - 1_000}`)
    await says(words('alarms.atMoment.ofNow'))
  }
})

test('what is searched is in the address, and finds reasons of exceptions', async () => {
  window.go('/alarms?tab=rules&find=at+night')
  await isThere(() => rowOf('hostCpu'))
  expect(rowOf('streamGone')).toBeUndefined()
  expect(rowOf('hostCpu')?.textContent).toContain('75 % · 90 %')
  window.go('/alarms?tab=rules&find=zzz')
  await says(words('common.noMatch'))
})

test('the details have levels, exceptions with their reasons, and what to do', async () => {
  window.go('/alarms?tab=rules&find=hostCpu')
  await isThere(() => rowOf('hostCpu'))
  fireEvent.click(rowOf('hostCpu') as Element)
  await says('> 90 %healed at 85 %', '> 75 %healed at 70 %', 'edge*: ', '> 99 %, minorencodes at night')
  expect(window.address()).toContain('rule=hostCpu')
  window.go('/alarms?tab=rules&rule=slowLink')
  await says('Call the site.', 'https://wiki.example/slow')
  window.go('/alarms?tab=rules&rule=nothing')
  await says(words('common.notFound'))
})

const buttonOf = (name: string) =>
  Array.from(window.document.querySelectorAll<HTMLButtonElement>('#page button')).find(({ textContent }) => textContent === name) ?? null
const press = async (name: string) => {
  await isThere(() => buttonOf(name))
  fireEvent.click(buttonOf(name) as Element)
}

/** Presses a button of the dialog that asks. */
const confirm = async (name: string) => {
  const button = () =>
    Array.from(window.document.querySelectorAll<HTMLElement>('[role="alertdialog"] button, [role="dialog"] button')).find(
      ({ textContent }) => textContent?.trim() === name,
    )
  await isThere(button)
  fireEvent.click(button() as Element)
}

test('a rule is switched off and on again in the console, which says who did it, and one of the file is not changed there', async () => {
  window.go('/alarms?tab=rules&rule=probeBitrateLow')
  await press(words('rules.form.switchOff'))
  await says(words('common.thisConsole'), 'operator', words('rules.off'))
  await press(words('rules.form.switchOn'))
  await isThere(() => buttonOf(words('rules.form.switchOff')))
  window.go('/alarms?tab=rules&rule=streamGone')
  await says(words('settings.yaml'))
  await until(
    () => buttonOf(words('common.change')),
    (button) => expect(button).toBeNull(),
  )
})

test('a change begins with what was entered before, is rehearsed on the last week, and is as shipped again once that is removed', async () => {
  const change = { above: 70, onDelaySeconds: 5 }
  const put = { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ change }) }
  expect((await deck.ask('/api/rules/diskUsed', put)).status).toBe(200)
  window.go('/alarms?tab=rules&rule=diskUsed')
  await says(words('common.thisConsole'))
  await press(words('common.change'))
  const field = (label: string) => window.document.querySelector<HTMLInputElement>(`[role="dialog"] input[id="${labelled(label)}"]`)
  const labelled = (label: string) => Array.from(window.document.querySelectorAll('label')).find(({ textContent }) => textContent?.startsWith(label))?.htmlFor
  await until(
    () => [field(words('rules.form.limit'))?.value, field(words('rules.form.onDelay'))?.value],
    (found) => expect(found).toEqual(['70', '5']),
  )
  const rehearse = Array.from(window.document.querySelectorAll('button')).find(({ textContent }) => textContent === words('rules.form.rehearse'))
  fireEvent.click(rehearse as Element)
  await isThere(() => window.document.querySelector(`[aria-label="${words('rules.form.rehearse')}"]`)?.textContent)
  await leave(window)
  window.go('/alarms?tab=rules&rule=diskUsed')
  await press(words('rules.form.asShipped'))
  await confirm(words('rules.form.asShipped'))
  await says(words('common.mtxdeck'))
  await isThere(() => window.document.body.textContent?.includes(words('common.saved')))
})

test('a rule that has a name goes by it', async () => {
  const input = { id: 'mine-2', name: '<b>Busy</b> encoder', metric: 'host.cpu', above: 50 }
  const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(input) }
  expect((await deck.ask('/api/rules', post)).status).toBe(201)
  window.go('/alarms?tab=rules&find=encoder')
  await isThere(() => rowOf('<b>Busy</b> encoder'))
  expect(rowOf('mine-2')).toBeUndefined()
  window.go('/alarms?tab=rules&rule=mine-2')
  await says('<b>Busy</b> encodermine-2')
})

test('a state is an alarm by words, with its severity', async () => {
  window.go('/alarms?tab=rules&find=serverDown')
  await isThere(() => rowOf('serverDown'))
  expect(rowOf('serverDown')?.textContent).toMatch(/not answering.*critical/)
  window.go('/alarms?tab=rules&find=storeFailing')
  await isThere(() => rowOf('storeFailing'))
  expect(rowOf('storeFailing')?.querySelector('[aria-label="major"]')).not.toBeNull()
  expect(rowOf('storeFailing')?.textContent).toMatch(/critical/)
})

test('a rule of our own that is removed takes its details with it', async () => {
  const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ id: 'mine', metric: 'host.cpu', above: 50 }) }
  expect((await deck.ask('/api/rules', post)).status).toBe(201)
  window.go('/alarms?tab=rules&rule=mine')
  await press(words('common.remove'))
  await confirm(words('common.remove'))
  await isThere(() => window.document.body.textContent?.includes(words('common.removedName')))
  await until(window.text, (said) => expect(said).not.toContain(words('common.notFound')))
  expect(window.address()).not.toContain('rule=mine')
})
