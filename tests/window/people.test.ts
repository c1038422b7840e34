import { fireEvent, within } from '@testing-library/dom'
import { Secret, TOTP } from 'otpauth'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { startTestConsole, type TestConsole } from '../../src/headless/testConsole.fixture.ts'
import type { Operator, Permission } from '../../src/shared/permissions.ts'
import { buttonIn, isThere, openDialog, until, windowSays } from './openDialog.ts'
import { type ConsoleWindow, openWindow, type WindowOptions, type Words, wordsInEnglish } from './openWindow.ts'

let deck: TestConsole
let words: Words
beforeEach(async () => {
  words = await wordsInEnglish()
  deck = await startTestConsole()
})
afterEach(() => deck[Symbol.asyncDispose]())

const password = 'a long password'
const json = { 'Content-Type': 'application/json' }
async function addAccount(account: object): Promise<string> {
  const answer = await deck.ask('/api/accounts', { method: 'POST', headers: json, body: JSON.stringify({ account, password }) })
  expect(answer.status).toBe(201)
  return ((await answer.json()) as { readonly id: string }).id
}
const accounts = async () => (await (await deck.ask('/api/accounts')).json()) as readonly object[]
/** Somebody who signed in with a name. */
async function person(name: string, permission: Permission | null): Promise<Operator> {
  await addAccount({ name: 'ada', role: 'administrator' })
  const accountId = await addAccount({ name, role: 'user', console: permission ?? 'none' })
  return { id: accountId, name, role: 'user', permission, limit: null, owns: { accountId, groups: [] } }
}
async function open(options: WindowOptions = {}): Promise<ConsoleWindow> {
  const window = await openWindow(deck.engine, options)
  onTestFinished(() => window.close())
  return window
}
const pageSays = (window: ConsoleWindow, ...keys: readonly string[]) =>
  until(window.text, (said) => {
    for (const key of keys) expect(said).toContain(words(key))
  })
const sectionsOf = ({ document }: ConsoleWindow) =>
  [...document.querySelectorAll(`nav[aria-label="${words('common.settings')}"] a`)].map(({ textContent }) => textContent)

test('the first account is an administrator, and what changes with it is said before', async () => {
  const window = await open()
  const dialog = await openDialog(window, { at: '/settings/people', button: 'people.addFirst', title: 'people.addFirst' })
  expect(dialog.says()).toContain('From the first account on, everybody signs in with a name and a password')
  expect(dialog.says()).not.toContain(words('people.role'))
  dialog.type('common.name', 'Ada')
  dialog.type('common.password', password)
  dialog.type('people.form.repeat', 'another one')
  dialog.press('common.add')
  await until(dialog.says, (said) => expect(said).toContain(words('people.form.repeatWrong')))
  dialog.type('people.form.repeat', password)
  dialog.press('common.add')
  await pageSays(window, 'Ada', 'people.roles.administrator', 'people.add')
  expect(await accounts()).toMatchObject([{ name: 'Ada', role: 'administrator', console: 'administer' }])
})

test('an account that is limited to projects is sent so, and its console is not asked for', async () => {
  await addAccount({ name: 'ada', role: 'administrator' })
  const window = await open()
  const dialog = await openDialog(window, { at: '/settings/people?edit=new', title: 'people.add' })
  dialog.type('common.name', 'grace')
  dialog.type('common.password', password)
  dialog.type('people.form.repeat', password)
  expect(dialog.says()).toContain(words('people.form.consoleHint'))
  fireEvent.click(dialog.field('people.form.limited'))
  await until(dialog.says, (said) => expect(said).not.toContain(words('people.form.consoleHint')))
  dialog.type('people.form.projects', 'north, south')
  dialog.press('common.add')
  await pageSays(window, 'grace', 'north, south')
  expect(await accounts()).toMatchObject([{ name: 'ada' }, { name: 'grace', role: 'user', console: 'none', limit: { projects: ['north', 'south'], tags: [] } }])
})

test('a password that is not entered is made, and shown once', async () => {
  await addAccount({ name: 'ada', role: 'administrator' })
  const window = await open()
  const dialog = await openDialog(window, { at: '/settings/people', button: 'Set a new password for ada' })
  dialog.press('common.save')
  await windowSays(window, words('people.newPasswordText'))
  expect(window.document.querySelector('[role="dialog"] pre')?.textContent).toMatch(/\S{10}/)
})

test('one-time codes are switched on with a code of the app, the recovery codes are shown once, and a password switches them off', async () => {
  const window = await open({ operator: await person('grace', null) })
  const dialog = await openDialog(window, { at: '/settings/account', button: 'people.own.setUp' })
  dialog.type('people.own.current', 'not the password')
  dialog.press('people.own.confirm')
  await until(dialog.says, (said) => expect(said).toContain('Failed: '))
  dialog.type('people.own.current', password)
  dialog.press('people.own.confirm')
  await windowSays(window, words('people.own.scan'))
  const secretOf = () => window.document.querySelector('[role="dialog"] pre')?.textContent ?? ''
  expect(window.document.querySelector('[role="dialog"] svg title')?.textContent).toBe(words('people.own.qr'))
  const totp = new TOTP({ secret: Secret.fromBase32(secretOf()) })
  dialog.type('people.own.code', totp.generate())
  dialog.press('people.own.confirm')
  await windowSays(window, words('people.own.recoveryText'))
  const codes = secretOf().split('\n')
  expect(new Set(codes).size).toBe(10)
  dialog.press('people.own.codesKept')
  await pageSays(window, 'people.own.totpOnText', 'people.own.codesLeft')
  expect(window.document.body.textContent).not.toContain(codes[0])
  const off = await openDialog(window, { at: '/settings/account', button: 'people.own.switchOff' })
  off.type('people.own.current', password)
  off.press('people.own.switchOff')
  await pageSays(window, 'people.own.totpOffText')
})

test('who may look and do nothing is offered nothing to do, and sees neither accounts nor settings that can be changed', async () => {
  const answer = await deck.ask('/api/servers', { method: 'POST', headers: json, body: JSON.stringify({ name: 'berlin', url: 'http://127.0.0.1:9' }) })
  expect(answer.status).toBe(201)
  const wall = (await (await deck.ask('/api/walls', { method: 'POST', headers: json, body: JSON.stringify({ name: 'night' }) })).json()) as {
    readonly id: string
  }
  const offered: readonly (readonly [at: string, ready: string, ...buttons: readonly string[]])[] = [
    ['/settings/servers', 'berlin', 'common.addAServer', 'Edit berlin', 'Remove berlin'],
    ['/alarms?tab=rules&rule=serverDown', 'alarms.tab.rules', 'rules.form.add', 'rules.form.exceptionTitle'],
    ['/alarms?tab=channels', 'channels.readiness', 'channels.form.add', 'channels.form.drillTitle'],
    ['/alarms?tab=maintenance', 'alarms.tab.rules', 'maintenance.form.add'],
    [`/wall?wall=${wall.id}`, 'common.fullScreen', 'common.newWall', 'wall.arrange.start', 'Edit night'],
    ['/hosts', 'common.hosts', 'common.addAHost'],
    ['/probes', 'common.probes', 'common.addAProbe', 'probes.import'],
  ]
  const shows = async (window: ConsoleWindow, isOffered: boolean) => {
    for (const [at, ready, ...buttons] of offered) {
      window.go(at)
      await pageSays(window, ready)
      for (const button of buttons)
        await until(
          () => buttonIn(window.document.body, words(button)) !== null,
          (found) => expect(found, `${at} ${button}`).toBe(isOffered),
        )
    }
  }
  const everything = await openWindow(deck.engine)
  await shows(everything, true)
  everything.go('/settings/streams')
  await isThere(() => buttonIn(everything.document.body, words('common.save')))
  expect(sectionsOf(everything)).toContain(words('people.title'))
  expect(sectionsOf(everything)).not.toContain(words('people.account'))
  await everything.close()

  const window = await open({ operator: await person('grace', 'view') })
  await shows(window, false)
  window.go('/settings/streams')
  await pageSays(window, 'people.onlyAdministrators')
  await isThere(() => within(window.document.body).queryByLabelText<HTMLInputElement>(words('naming.templates'))?.closest('fieldset')?.disabled)
  expect(sectionsOf(window)).toContain(words('people.account'))
  expect(sectionsOf(window)).not.toContain(words('people.title'))
  window.go('/settings/people/audit')
  await pageSays(window, 'people.notAllowed')
})

test('the audit says who did what, and finds it by person, action and text', async () => {
  await addAccount({ name: 'ada', role: 'administrator' })
  await addAccount({ name: 'grace', role: 'user' })
  const window = await open()
  window.go('/settings/people/audit')
  await pageSays(window, 'accounts.add', 'grace')
  window.go('/settings/people/audit?text=grace')
  await until(window.text, (said) => expect(said).not.toContain('name: ada'))
  expect(window.text()).toContain('grace')
  window.go('/settings/people/audit?action=signInFailed')
  await pageSays(window, 'people.audit.none')
  window.go('/settings/people/audit?to=2020-01-01')
  await pageSays(window, 'people.audit.none')
  window.go('/settings/people/audit?by=operator')
  await pageSays(window, 'accounts.add')
  fireEvent.click(buttonIn(window.document.body, 'CSV') as HTMLButtonElement)
  await until(
    () => window.savedFiles,
    (files) => expect(files).toEqual(['audit.csv']),
  )
})

test('a desk with a lock shows everything and changes nothing, until its password is entered', async () => {
  const window = await open()
  const set = await openDialog(window, { at: '/settings/display', button: 'people.lock.set', title: 'people.lock.set' })
  set.type('common.password', 'abc')
  set.type('people.form.repeat', 'abc')
  set.press('common.save')
  await until(set.says, (said) => expect(said).toContain('4'))
  set.type('common.password', 'night shift')
  set.type('people.form.repeat', 'night shift')
  set.press('common.save')
  await pageSays(window, 'people.lock.remove')
  const press = (name: string) => fireEvent.click(buttonIn(window.document.body, words(name)) as HTMLElement)
  const offers = (name: string) => isThere(() => buttonIn(window.document.body, words(name)))
  press('people.lock.now')
  await offers('people.lock.unlock')
  window.go('/settings/servers')
  await pageSays(window, 'common.noServersYet')
  expect(window.text()).not.toContain(words('common.addAServer'))
  const unlock = await openDialog(window, { at: '/settings/servers', button: 'people.lock.unlock', title: 'people.lock.unlock' })
  unlock.type('common.password', 'day shift')
  unlock.press('people.lock.unlock')
  await until(unlock.says, (said) => expect(said).toContain(words('sentences.refusals.wrongPassword')))
  unlock.type('common.password', 'night shift')
  unlock.press('people.lock.unlock')
  await offers('common.addAServer')
})
