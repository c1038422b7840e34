import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createRouterClient } from '@orpc/server'
import { fireEvent, within } from '@testing-library/dom'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { make, newDevice, origin } from '../../src/engine/accounts/device.fixture.ts'
import { startTestConsole, type TestConsole } from '../../src/headless/testConsole.fixture.ts'
import { canaryReadProtocols } from '../../src/shared/canaries.ts'
import { type Operator, soleOperator } from '../../src/shared/permissions.ts'
import { probeMatch, startOnvifDevice } from '../fakes/onvifDevice.ts'
import { type DemoConsole, startDemoConsole } from './demoConsole.ts'
import { buttonIn, isThere, leave, type OpenDialog, openDialog, soon, until, type WayIn, windowSays } from './openDialog.ts'
import { type ConsoleWindow, failureText, guest, openWindow, type WindowOptions, type Words, wordsInEnglish } from './openWindow.ts'

let camera: Awaited<ReturnType<typeof startOnvifDevice>>
let isQuiet = false
let deck: DemoConsole
let bare: TestConsole
let words: Words
let window: ConsoleWindow
/** How the window was opened, and how it is again after each test. */
let opened: WindowOptions = {}
beforeAll(async () => {
  camera = await startOnvifDevice({ answers: ({ id, service }) => (isQuiet ? [] : [probeMatch(id, service, 'onvif://www.onvif.org/name/Gate%20north')]) })
  deck = await startDemoConsole([], { searched: camera.searched })
  bare = await startTestConsole({ searched: { ...camera.searched, networks: () => [] } })
  words = await wordsInEnglish()
  window = await openWindow(deck.engine)
})
async function reopen(options: WindowOptions = {}, { engine }: TestConsole = deck): Promise<void> {
  await window.close()
  opened = options
  window = await openWindow(engine, options)
}
afterEach(async () => {
  window.use(opened.link ?? 'passes')
  await leave(window)
  // After its page was left, which may still be reading as somebody else.
  window.signIn(opened.operator ?? soleOperator)
})
afterAll(async () => {
  await window.close()
  await deck[Symbol.asyncDispose]()
  await bare[Symbol.asyncDispose]()
  await camera[Symbol.asyncDispose]()
})

/** What each dialog is tried in: waiting for the engine; with nothing in it; refused for another reason; with what there is; refused for want of a permission. */
const states = ['loading', 'empty', 'failing', 'full', 'no permission'] as const
type State = (typeof states)[number]
type Cannot = Readonly<Partial<Record<State, string>>>
/** The states that a dialog is tried in, by the file that opens it and, of several there, its name, as its tests are collected. */
const tried = new Map<string, Set<State>>()
let collected = ''
const tries = (...those: readonly State[]) => tried.set(collected, new Set([...(tried.get(collected) ?? []), ...those]))
/** States that a dialog cannot be in, and why. */
const reasons = new Map<string, Cannot>()
const cannot = (state: State, why: string) => reasons.set(collected, { ...reasons.get(collected), [state]: why })
/** One of several dialogs that a file opens. */
function oneOf(name: string, tests: () => void): void {
  const source = collected
  describe(name, () => {
    collected = `${source} ${name}`
    tests()
  })
}
/** A test of a dialog in a state. */
function testIn(state: State, name: string, run: () => Promise<void>): void {
  tries(state)
  test(name, run)
}

/** Windows that are opened in another way. Each is opened once for all dialogs, after the tests of the usual one. */
const otherWindows = {
  'while the engine does not answer': { state: 'loading', open: () => reopen({ link: 'hangs' }) },
  'while the engine fails': { state: 'failing', open: () => reopen({ link: 'fails' }) },
  'without a permission': { state: 'no permission', open: () => reopen({ operator: guest(null) }) },
  'where nothing is watched': { state: 'empty', open: () => reopen({}, bare) },
} as const satisfies Readonly<Record<string, { readonly state: State; readonly open: () => Promise<void> }>>
type OtherWindow = keyof typeof otherWindows
const inOthers: { readonly of: OtherWindow; readonly source: string; readonly name: string; readonly run: () => Promise<void> }[] = []
function testThere(of: OtherWindow, name: string, run: () => Promise<void>): void {
  tries(otherWindows[of].state)
  inOthers.push({ of, source: collected, name, run })
}

const server = () => `/servers/${deck.ids.server}`
const pageSays = (text: string) => until(window.text, (said) => expect(said).toContain(text))
const isClosed = ({ isOpen }: OpenDialog) => isThere(() => !isOpen())
const dialogSays = ({ says }: OpenDialog, text: string) => until(says, (said) => expect(said).toContain(text))
const refused = (needs: string) => `This needs the permission "${needs}"; Guest has `

/** A form that the engine is sent. Words are keys of the catalogue. */
interface FormTest {
  readonly way: WayIn
  readonly does: string
  /** What the button says while it is under way. */
  readonly busy: string
  /** What it says at a field that is left out. */
  readonly missing?: string
  /** Why nothing can be left out. */
  readonly neverEmpty?: string
  /** What is typed, by label. */
  readonly typed: Readonly<Record<string, string>>
  readonly notDone: string
  readonly needs: 'view' | 'operate' | 'administer' | 'moderate'
  /** What somebody without it reads; left out: which one it is. */
  readonly without?: string
  readonly isDone: (dialog: OpenDialog) => Promise<void>
}
function testForm({ way, does, busy, missing, neverEmpty, typed, notDone, needs, without = refused(needs), isDone }: FormTest): void {
  const open = () => openDialog(window, way)
  const type = (dialog: OpenDialog) => {
    for (const [label, text] of Object.entries(typed)) dialog.type(label, text)
  }
  const isKept = ({ field }: OpenDialog) => expect(Object.keys(typed).map((label) => field(label).value)).toEqual(Object.values(typed))
  tries('loading', 'failing', 'full', 'no permission')
  if (missing !== undefined) tries('empty')
  if (neverEmpty !== undefined) cannot('empty', neverEmpty)

  test('is closed by Cancel, and keeps nothing', async () => {
    const dialog = await open()
    type(dialog)
    dialog.press('common.cancel')
    await isClosed(dialog)
    for (const text of Object.values(typed)) expect(window.text()).not.toContain(text)
  })

  if (missing !== undefined)
    test('says at the field what is missing, goes to the first of it each time, and does not ask the engine', async () => {
      const dialog = await open()
      window.use('fails')
      for (let tries = 0; tries < 2; tries++) {
        ;(window.document.activeElement as HTMLElement | null)?.blur()
        dialog.press(does)
        await dialogSays(dialog, words(missing))
        // A preview in it may have asked by the second time.
        if (tries === 0) expect(dialog.says()).not.toContain(failureText)
        const first = window.document.querySelector('[data-wrong]')
        await until(
          () => window.document.activeElement?.closest('[data-wrong]'),
          (focused) => expect(focused).toBe(first),
        )
        expect(first).not.toBeNull()
      }
    })

  test('is busy until the engine answers, and cannot be sent twice', async () => {
    const dialog = await open()
    type(dialog)
    window.use('hangs')
    dialog.press(does)
    await isThere(() => dialog.button(busy))
    expect(dialog.button(busy)?.disabled).toBe(true)
  })

  test('says why it failed and keeps what was typed, so that it can be tried again', async () => {
    const dialog = await open()
    type(dialog)
    window.use('fails')
    dialog.press(does)
    // A preview in it may say before that the engine fails.
    await dialogSays(dialog, words(notDone))
    expect(dialog.says()).toContain(failureText)
    isKept(dialog)
  })

  test('says which permission it needs', async () => {
    const dialog = await open()
    window.signIn(guest(needs === 'view' ? null : 'view'))
    type(dialog)
    dialog.press(does)
    await dialogSays(dialog, without)
    isKept(dialog)
  })

  test('does it', async () => {
    const dialog = await open()
    type(dialog)
    dialog.press(does)
    await isDone(dialog)
  })
}

/** A question before something is removed. */
interface RemovalTest {
  readonly add: (name: string) => Promise<string>
  readonly way: (id: string, name: string) => WayIn
  readonly does: string
  readonly removed: string
  readonly notRemoved: string
  readonly needs?: 'operate' | 'moderate'
  /** What somebody without it reads; left out: which one it is. */
  readonly without?: string
  readonly list: 'servers' | 'hosts' | 'probes' | 'reports' | 'maintenance' | 'on-air' | 'walls' | 'accounts' | 'accounts/tokens' | 'cameras' | 'passkeys'
  /** What there is of them; left out: as REST lists them. */
  readonly read?: () => Promise<readonly object[]>
}
const listed = async (list: string) => (await (await deck.ask(`/api/${list}`)).json()) as readonly object[]
function testRemoval({
  add,
  way,
  does,
  removed,
  notRemoved,
  needs,
  without = refused(needs ?? 'administer'),
  list,
  read = () => listed(list),
}: RemovalTest): void {
  /** One for each test. Added together: the window hears of what others add when it asks again, which is seconds later. */
  const added: { readonly id: string; readonly name: string }[] = []
  beforeAll(async () => {
    for (let n = 1; n <= 5; n++) {
      const name = `old-${list.replace('/', '-')}-${n}`
      added.push({ id: await add(name), name })
    }
  })
  async function open() {
    const { id, name } = added.shift() ?? expect.fail('there is one for each test')
    return { dialog: await openDialog(window, way(id, name)), name, id }
  }
  const isKept = async (id: string) => expect(await read()).toContainEqual(expect.objectContaining({ id }))
  tries('loading', 'failing', 'full', 'no permission')
  cannot('empty', 'it asks about the one that it was opened for')

  test('names it, and Cancel keeps it', async () => {
    const { dialog, name, id } = await open()
    expect(dialog.says()).toContain(name)
    dialog.press('common.cancel')
    await isClosed(dialog)
    await isKept(id)
    expect(window.text()).toContain(name)
  })

  test('removes it and says so, and its page or row is gone', async () => {
    const { dialog, name, id } = await open()
    dialog.press(does)
    await isClosed(dialog)
    await windowSays(window, words(removed, { name }))
    await until(window.text, (said) => expect(said).not.toContain(name))
    expect(await read()).not.toContainEqual(expect.objectContaining({ id }))
  })

  test('shows it until the engine has answered', async () => {
    const { dialog, name, id } = await open()
    window.use('hangs')
    dialog.press(does)
    await isClosed(dialog)
    expect(window.text()).toContain(name)
    await isKept(id)
  })

  test('says why it failed, and it is still there', async () => {
    const { dialog, name, id } = await open()
    window.use('fails')
    dialog.press(does)
    await windowSays(window, words(notRemoved, { reason: failureText }))
    expect(window.text()).toContain(name)
    await isKept(id)
  })

  test('says which permission it needs', async () => {
    const { dialog, id } = await open()
    window.signIn(guest('view'))
    dialog.press(does)
    await windowSays(window, words(notRemoved, { reason: without }))
    await isKept(id)
  })
}

/** Something is chosen in the window itself: the engine has no part in it. */
interface ChoiceTest {
  readonly way: () => WayIn
  /** What can be typed wrongly, and what is said of it at once or when it is sent. */
  readonly wrong: readonly (readonly [label: string, text: string, says: string])[]
  readonly right: Readonly<Record<string, string>>
  readonly does: string
  /** Stands in the address afterwards. */
  readonly address: RegExp
}
function testChoice({ way, wrong, right, does, address }: ChoiceTest): void {
  tries('full')
  if (wrong.some(([, text]) => text === '')) tries('empty')
  test.each(['common.cancel', 'common.close'])('%s leaves the address as it was', async (close) => {
    const dialog = await openDialog(window, way())
    const before = window.address()
    if (dialog.button(close) === null) dialog.escape()
    else dialog.press(close)
    await isClosed(dialog)
    expect(window.address()).toBe(before)
  })

  test.each(wrong)('%s “%s” is refused in words', async (label, text, says) => {
    const dialog = await openDialog(window, way())
    dialog.type(label, text)
    if (dialog.button(does)?.disabled === false) dialog.press(does)
    await dialogSays(dialog, words(says))
    expect(dialog.isOpen()).toBe(true)
  })

  test.each<readonly [State, () => void]>([
    ['loading', () => window.use('hangs')],
    ['failing', () => window.use('fails')],
    ['no permission', () => window.signIn(guest(null))],
  ])('takes what is right, also while the engine cannot be asked: %s', async (_state, become) => {
    const dialog = await openDialog(window, way())
    become()
    for (const [label, text] of Object.entries(right)) dialog.type(label, text)
    dialog.press(does)
    await isClosed(dialog)
    await until(window.address, (now) => expect(now).toMatch(address))
  })
  tries('loading', 'failing', 'no permission')
}

/** What a menu shows where there is nothing, or nothing may be read: its entries, or what its page says that then has no such button. Words are keys of the catalogue. */
type MenuThere = { readonly lists: readonly string[] } | { readonly noButton: readonly string[] }
/** A list that the dialog asks for itself: it says that it waits for it or why it can't have it, and adds nothing to what it does not know. */
function testUnknownList(way: WayIn, add: string): void {
  const saysOnly = (text: string) => async () => {
    const dialog = await openDialog(window, way)
    await dialogSays(dialog, text)
    expect(dialog.button(add)?.disabled).toBe(true)
  }
  testThere('while the engine does not answer', 'says that it loads', () => saysOnly(words('common.loading'))())
  testThere('while the engine fails', 'says why it does not know which there are', saysOnly(failureText))
  testThere('without a permission', 'says why it does not know which there are', saysOnly(refused('view')))
}

/** A list that opens under a button. */
interface MenuTest {
  readonly way: () => WayIn & { readonly button: string }
  readonly full: readonly string[]
  /** Where nothing is watched; left out: its table says why there is no such state. */
  readonly empty?: MenuThere
  /** Of a fleet that may not be read. */
  readonly refused: MenuThere
}
function testMenu({ way, full, empty, refused }: MenuTest): void {
  testIn('full', 'lists what there is, and Escape closes it', async () => {
    const dialog = await openDialog(window, way())
    for (const text of full) await dialogSays(dialog, words(text))
    dialog.escape()
    await isClosed(dialog)
  })

  tries('loading', 'failing')
  test.each(['hangs', 'fails'] as const)('lists what was known where a call %s', async (link) => {
    const dialog = await openDialog(window, way())
    window.use(link)
    for (const text of full) await dialogSays(dialog, words(text))
  })

  const look = (there: MenuThere) => async () => {
    if ('lists' in there) {
      const dialog = await openDialog(window, way())
      for (const text of there.lists) await dialogSays(dialog, words(text))
      return
    }
    const { at, button } = way()
    window.go(at)
    for (const text of there.noButton) await pageSays(words(text))
    expect(buttonIn(window.document.body, words(button))).toBeNull()
  }
  const name = (there: MenuThere) => `${'lists' in there ? 'lists' : 'is not there where the page says'} ${Object.values(there).flat().join(', ')}`
  if (empty !== undefined) testThere('where nothing is watched', name(empty), look(empty))
  testThere('without a permission', name(refused), look(refused))
}

const addressOfServer = 'http://127.0.0.1:9'
const addOf = (list: string, input: object) => async (name: string) => {
  const answer = await deck.ask(`/api/${list}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name, ...input }),
  })
  expect(answer.status).toBe(201)
  return ((await answer.json()) as { readonly id: string }).id
}

const password = 'a long password'
async function addAccount(name: string, role: Operator['role']): Promise<string> {
  const body = JSON.stringify({ account: { name, role }, password })
  const answer = await deck.ask('/api/accounts', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body })
  expect(answer.status).toBe(201)
  return ((await answer.json()) as { readonly id: string }).id
}
async function addToken(name: string): Promise<string> {
  const answer = await deck.ask('/api/accounts/tokens', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name, role: 'user' }),
  })
  return ((await answer.json()) as { readonly token: { readonly id: string } }).token.id
}
/** In a window of somebody who signed in with a name and may look at everything. */
function asOwn(name = 'own'): () => Operator {
  let operator = soleOperator
  beforeAll(async () => {
    const accounts = (await (await deck.ask('/api/accounts')).json()) as readonly { readonly id: string; readonly name: string }[]
    if (accounts.length === 0) await addAccount('ada', 'administrator')
    const accountId = accounts.find((one) => one.name === name)?.id ?? (await addAccount(name, 'user'))
    operator = { id: accountId, name, role: 'user', permission: 'view', limit: null, owns: { accountId, groups: [] } }
    await reopen({ operator, origin })
  })
  afterAll(() => reopen())
  return () => operator
}
const withoutAccount = 'This is for accounts'

const json = { 'Content-Type': 'application/json' }
async function addCamera(name: string, more: object = {}): Promise<string> {
  const answer = await deck.ask('/api/cameras', { method: 'POST', headers: json, body: JSON.stringify({ name, ...more }) })
  expect(answer.status).toBe(201)
  return ((await answer.json()) as { readonly id: string }).id
}
const cameras = async () => ((await (await deck.ask('/api/cameras')).json()) as { readonly cameras: readonly { readonly name: string }[] }).cameras
const camerasRemoval = {
  add: addCamera,
  does: 'common.remove',
  removed: 'common.removedName',
  notRemoved: 'common.failedReason',
  needs: 'moderate',
  list: 'cameras',
  read: cameras,
} as const
/** Ticks these rows, and presses a button that is there then. */
const chooseRows =
  (button: string, ...names: readonly string[]) =>
  async ({ document: { body } }: ConsoleWindow) => {
    for (const name of names) {
      // A proposed stream has the name of its server before it.
      const isIt = (label: string) => label === words('common.selectName', { name }) || label.endsWith(` / ${name}`)
      const box = () => within(body).queryByRole('checkbox', { name: isIt })
      await isThere(box)
      fireEvent.click(box() as Element)
    }
    await isThere(() => buttonIn(body, words(button)))
    fireEvent.click(buttonIn(body, words(button)) as Element)
  }

/** By the file that opens it. */
const dialogs: Readonly<Record<string, () => void>> = {
  'servers/ServerDialog.tsx': () =>
    testForm({
      way: { at: '/settings/servers?add', title: 'common.addAServer' },
      does: 'common.add',
      busy: 'common.saving',
      missing: 'ust not be empty',
      typed: { 'serverForm.url': addressOfServer, 'common.name': 'the new server' },
      notDone: 'common.failedReason',
      needs: 'administer',
      isDone: async (dialog) => {
        await isClosed(dialog)
        await pageSays('the new server')
      },
    }),
  'hosts/HostDialog.tsx': () => {
    testIn('empty', 'asks for the address of a host elsewhere', async () => {
      const dialog = await openDialog(window, { at: '/hosts?add=', title: 'common.addAHost' })
      await pageSays('srv-berlin')
      window.use('fails')
      dialog.press('common.add')
      await until(
        () => window.document.querySelector('[role="dialog"] [data-wrong]')?.textContent,
        (field) => expect(field).toContain(words('common.address')),
      )
      expect(dialog.says()).not.toContain(failureText)
    })
    testForm({
      way: { at: '/hosts?add=here', title: 'common.addAHost' },
      does: 'common.add',
      busy: 'common.saving',
      typed: { 'common.name': 'the new host' },
      notDone: 'common.failedReason',
      needs: 'administer',
      isDone: async (dialog) => {
        await isClosed(dialog)
        await pageSays('the new host')
      },
    })
  },
  'probes/ProbeDialog.tsx': () => {
    const way = { at: '/probes?add', title: 'common.addAProbe' }
    testForm({
      way,
      does: 'common.add',
      busy: 'common.saving',
      missing: 'Enter the address of a stream',
      typed: { 'probes.form.url': 'srt://127.0.0.1:9?passphrase=hidden', 'common.name': 'the new probe' },
      notDone: 'common.failedReason',
      needs: 'administer',
      isDone: async (dialog) => {
        await isClosed(dialog)
        await pageSays('the new probe')
        expect(window.text()).not.toContain('hidden')
      },
    })
    test('tells what a look at the address finds', async () => {
      const dialog = await openDialog(window, way)
      dialog.type('probes.form.url', 'rtsp://127.0.0.1:9/cam')
      dialog.press('editing.test')
      await dialogSays(dialog, words('probes.testFailed'))
      await dialogSays(dialog, 'the media process does not run')
    })
    test('opens what is collapsed for a mistake in it, names its limits, and stays open while it is corrected', async () => {
      const dialog = await openDialog(window, way)
      dialog.type('probes.form.url', 'rtsp://127.0.0.1:9/cam')
      fireEvent.click(dialog.field('probes.content.checks.silent'))
      await isThere(() => dialog.says().includes(words('probes.content.fold')))
      const fold = () => dialog.field('probes.content.thresholds.silentDbfs').closest('details')
      expect(fold()?.open).toBe(false)
      dialog.type('probes.content.thresholds.silentDbfs', '-5')
      dialog.press('common.add')
      await dialogSays(dialog, 'expected a number from -90 to -10')
      expect(fold()?.open).toBe(true)
      dialog.type('probes.content.thresholds.silentDbfs', '-40')
      await until(dialog.says, (said) => expect(said).not.toContain('expected a number'))
      expect(fold()?.open).toBe(true)
    })
    test('keeps the secrets of an address that stays as it is shown, and takes no *** for a secret', async () => {
      const dialog = await openDialog(window, { at: `/probes?edit=${deck.ids.probe}`, title: words('common.editName', { name: 'probe-berlin' }) })
      expect(dialog.field('probes.form.url').value).toBe('rtsp://***@127.0.0.1:9/cam')
      dialog.type('probes.form.url', 'rtsp://***@127.0.0.1:9/other')
      dialog.press('common.save')
      await dialogSays(dialog, words('probes.form.hiddenWrong'))
    })
  },
  'probes/ProbeDetails.tsx': () =>
    testRemoval({
      add: addOf('probes', { url: 'rtsp://127.0.0.1:9/cam' }),
      way: (id) => ({ at: `/probes?id=${id}`, button: 'common.remove' }),
      does: 'common.remove',
      removed: 'common.removedName',
      notRemoved: 'common.failedReason',
      list: 'probes',
    }),
  'probes/ImportDialog.tsx': () => {
    const way = { at: '/probes?import', title: 'probes.import' }
    testForm({
      way,
      does: 'probes.import',
      busy: 'common.saving',
      missing: 'Paste a list',
      typed: { CSV: 'name,url\nthe imported one,udp://239.1.1.1:5009' },
      notDone: 'common.failedReason',
      needs: 'administer',
      isDone: async (dialog) => {
        await windowSays(window, '1 added, 0 changed.')
        await isClosed(dialog)
        await pageSays('the imported one')
      },
    })
    test('names each mistake by its line and column, and changes nothing', async () => {
      const dialog = await openDialog(window, way)
      dialog.type('CSV', 'name,url,retries\nfine,rtsp://127.0.0.1:9/one,3\nnot so,ftp://127.0.0.1/two,many')
      dialog.press('probes.import')
      for (const text of ['Line 3, url:', 'Line 3, retries:']) await dialogSays(dialog, text)
      dialog.press('common.cancel')
      await isClosed(dialog)
      expect(await (await deck.ask('/api/probes')).json()).not.toContainEqual(expect.objectContaining({ name: 'fine' }))
    })
  },
  'probes/ProbesSettingsDialog.tsx': () =>
    testForm({
      way: { at: '/probes?settings', title: 'probes.turnsTitle' },
      neverEmpty: 'it begins with what is in force',
      does: 'common.save',
      busy: 'common.saving',
      typed: { 'probes.turnsAtOnce': '713' },
      notDone: 'common.failedReason',
      needs: 'administer',
      isDone: async (dialog) => {
        await isClosed(dialog)
        await pageSays('at most 713 at once')
      },
    }),
  'probes/CanariesDialog.tsx': () => {
    const path = 'tests/mtxdeck-canary-window'
    const remove = () => deck.ask(`/api/canaries/${deck.ids.server}`, { method: 'DELETE' })
    testForm({
      way: {
        get at() {
          return `/probes?canary=${deck.ids.server}`
        },
        title: 'probes.canaries.add',
      },
      does: 'common.save',
      busy: 'common.saving',
      typed: { 'common.path': path },
      notDone: 'common.failedReason',
      needs: 'administer',
      isDone: async () => {
        const list = await openDialog(window, { at: '/probes?canaries', title: 'probes.canaries.title' })
        await dialogSays(list, path)
        await remove()
      },
    })
    test('says what it costs before anything is published, by the readers that are chosen', async () => {
      const dialog = await openDialog(window, { at: `/probes?canary=${deck.ids.server}`, title: 'probes.canaries.add' })
      const cost = (out: string, percent: string) => words('probes.canaries.form.cost', { rate: '298 kbit/s', out, percent })
      await dialogSays(dialog, cost('1.49 Mbit/s', '15'))
      for (const by of ['rtmp', 'srt', 'hls', 'whep'] as const) fireEvent.click(dialog.field(by.toUpperCase()))
      await dialogSays(dialog, cost('298 kbit/s', '9'))
      expect(await (await deck.ask('/api/canaries')).json()).toEqual([])
    })
    testIn('empty', 'asks for a server, for at least one reader, and for a path that nobody takes for a programme', async () => {
      const dialog = await openDialog(window, { at: '/probes?canary=', title: 'probes.canaries.add' })
      for (const by of canaryReadProtocols) fireEvent.click(dialog.field(by.toUpperCase()))
      dialog.type('common.path', 'studio/news')
      dialog.press('common.save')
      for (const wrong of ['serverWrong', 'readByWrong', 'pathHint'] as const) await dialogSays(dialog, words(`probes.canaries.form.${wrong}`))
      expect(await (await deck.ask('/api/canaries')).json()).toEqual([])
    })
    test('changes one with what it is', async () => {
      const headers = { 'Content-Type': 'application/json' }
      await deck.ask(`/api/canaries/${deck.ids.server}`, { method: 'PUT', headers, body: JSON.stringify({ publishBy: 'srt', readBy: ['srt'], path }) })
      const at = `/probes?canary=${deck.ids.server}`
      const dialog = await openDialog(window, { at, open: () => windowSays(window, words('common.editName', { name: 'berlin' })) })
      expect(dialog.field('common.path').value).toBe(path)
      expect(canaryReadProtocols.filter((by) => dialog.field(by.toUpperCase()).checked)).toEqual(['srt'])
      fireEvent.click(dialog.field('HLS'))
      dialog.press('common.save')
      await until(
        async () => (await deck.ask('/api/canaries')).json(),
        (listed) => expect(listed).toMatchObject([{ publishBy: 'srt', readBy: ['srt', 'hls'], path }]),
      )
      await remove()
    })
  },
  'probes/ListDialog.tsx': () => {
    const way = { at: '/probes?canaries', title: 'probes.canaries.title' }
    const headers = { 'Content-Type': 'application/json' }
    const put = () => deck.ask(`/api/canaries/${deck.ids.server}`, { method: 'PUT', headers, body: '{"readBy": ["rtsp"]}' })
    testIn('empty', 'says that nothing is published as long as nobody asks for it', async () => {
      await dialogSays(await openDialog(window, way), words('common.noneYet'))
    })
    test('leads to the form of a new one', async () => {
      const dialog = await openDialog(window, way)
      dialog.press('probes.canaries.add')
      await windowSays(window, words('probes.canaries.form.description'))
    })
    testUnknownList(way, 'probes.canaries.add')
    testIn('full', 'says how one is, why it is not published and what to do, and asks before it removes it', async () => {
      expect((await put()).status).toBe(200)
      const dialog = await openDialog(window, way)
      await dialogSays(dialog, 'berlin')
      await dialogSays(dialog, words('probes.canaries.state.failed', { by: 'RTSP' }))
      const remove = words('common.removeName', { name: 'berlin' })
      const question = await openDialog(window, { at: way.at, button: remove, title: remove })
      await dialogSays(question, words('common.removeText'))
      window.signIn(guest('view'))
      question.press('common.remove')
      await windowSays(window, refused('administer'))
      expect(await (await deck.ask('/api/canaries')).json()).toHaveLength(1)
      window.signIn(soleOperator)
      const again = await openDialog(window, { at: way.at, button: remove, title: remove })
      again.press('common.remove')
      await until(
        async () => (await deck.ask('/api/canaries')).json(),
        (listed) => expect(listed).toEqual([]),
      )
    })
    test('its readers are marked among the probes', async () => {
      await put()
      window.go('/probes')
      await pageSays('mtxdeck-canary RTSP berlin')
      await isThere(() => within(window.document.body).queryByRole('img', { name: words('probes.canaries.mark') }))
      await deck.ask(`/api/canaries/${deck.ids.server}`, { method: 'DELETE' })
    })
  },
  'probes/RemoteProbesDialog.tsx': () => {
    testForm({
      way: { at: '/probes?remote=', title: 'probes.remote.add' },
      does: 'common.save',
      busy: 'common.saving',
      missing: 'ust not be empty',
      typed: { 'common.name': 'Hamburg', 'common.address': 'http://127.0.0.1:9', 'common.token': 'may-only-read' },
      notDone: 'common.failedReason',
      needs: 'administer',
      isDone: async () => {
        const list = await openDialog(window, { at: '/probes?remotes', title: 'probes.remote.title' })
        await dialogSays(list, 'Hamburg')
        expect(window.document.body.textContent).not.toContain('may-only-read')
      },
    })
    const way = { at: '/probes?remotes', title: 'probes.remote.title' }
    const put = (name: string) =>
      deck.ask(`/api/vantages/${name}`, {
        method: 'PUT',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ url: 'http://127.0.0.1:9', token: 'x' }),
      })
    test('leads to the form of a new one', async () => {
      const dialog = await openDialog(window, way)
      dialog.press('probes.remote.add')
      await windowSays(window, words('common.token'))
    })
    testUnknownList(way, 'probes.remote.add')
    testThere('where nothing is watched', 'says that there is none, and how to have one', async () => {
      await dialogSays(await openDialog(window, way), words('probes.remote.none'))
    })
    testIn('full', 'says why a remote probe can’t be read, and asks before it forgets one', async () => {
      expect((await put('Oslo')).status).toBe(200)
      const dialog = await openDialog(window, way)
      await dialogSays(dialog, words('serverState.down'))
      await dialogSays(dialog, 'Connection refused')
      const remove = words('common.removeName', { name: 'Oslo' })
      const question = await openDialog(window, { at: way.at, button: remove, title: remove })
      await dialogSays(question, words('common.removeText'))
      question.press('common.remove')
      await until(
        async () => (await (await deck.ask('/api/vantages')).json()) as readonly object[],
        (listed) => expect(listed).not.toContainEqual(expect.objectContaining({ name: 'Oslo' })),
      )
    })
  },
  'dailyChecks/DailyDialogs.tsx': () => {
    testForm({
      way: { at: '/probes/daily?settings', title: 'pages.daily' },
      neverEmpty: 'its settings begin with what is in force, and a run asks for nothing',
      does: 'common.save',
      busy: 'common.saving',
      typed: { 'daily.form.at': '07:15', 'common.timeZone': 'Asia/Seoul' },
      notDone: 'common.failedReason',
      needs: 'administer',
      isDone: async (dialog) => {
        await isClosed(dialog)
        expect((await (await deck.ask('/api/daily-checks/status')).json()).settings).toMatchObject({ at: '07:15', zone: 'Asia/Seoul' })
      },
    })
    testForm({
      way: { at: '/probes/daily?run', title: 'daily.run' },
      does: 'daily.run',
      busy: 'common.saving',
      typed: {},
      notDone: 'common.failedReason',
      needs: 'operate',
      isDone: async (dialog) => {
        await isClosed(dialog)
        expect(((await (await deck.ask('/api/daily-checks')).json()) as readonly object[]).length).toBeGreaterThan(1)
      },
    })
  },
  'diagnosis/Diagnosis.tsx': () => {
    const way: WayIn = {
      get at() {
        return server()
      },
      button: 'diagnosis.button',
      title: 'diagnosis.title',
    }
    const kept = async () => (await (await deck.ask(`/api/servers/${deck.ids.server}/diagnosis`)).json()) as readonly { readonly words: string }[]
    cannot('empty', 'it diagnoses as it opens, and the first step is there at once')
    testIn('loading', 'says that it diagnoses until the engine answers, and is not begun twice', async () => {
      const { button = '', ...place } = way
      const dialog = await openDialog(window, {
        ...place,
        at: server(),
        open: async ({ document, use }) => {
          await isThere(() => buttonIn(document.body, words(button)))
          use('hangs')
          fireEvent.click(buttonIn(document.body, words(button)) as Element)
        },
      })
      await dialogSays(dialog, words('diagnosis.running'))
      expect(dialog.button('diagnosis.button')?.disabled).toBe(true)
    })
    testIn('full', 'diagnoses as it opens, says the verdict and each step as REST has them, and does it again when asked', async () => {
      const dialog = await openDialog(window, way)
      await isThere(() => dialog.button('diagnosis.button')?.disabled === false)
      const [first] = await kept()
      for (const sentence of (first?.words ?? '').split(/(?<=\.) /)) expect(dialog.says()).toContain(sentence)
      expect(dialog.says()).toContain('Port · RTSP')
      expect(dialog.button('diagnosis.copy')).not.toBeNull()
      const before = (await kept()).length
      dialog.press('diagnosis.button')
      await until(kept, (now) => expect(now.length).toBeGreaterThan(before))
    })
    testIn('failing', 'says why it failed, and may be tried again', async () => {
      const dialog = await openDialog(window, way)
      await isThere(() => dialog.button('diagnosis.button')?.disabled === false)
      window.use('fails')
      dialog.press('diagnosis.button')
      await dialogSays(dialog, words('common.failedReason', { reason: failureText }))
      window.use('passes')
      dialog.press('diagnosis.button')
      await dialogSays(dialog, words('diagnosis.steps'))
    })
    testIn('no permission', 'says which permission it needs', async () => {
      const dialog = await openDialog(window, way)
      await isThere(() => dialog.button('diagnosis.button')?.disabled === false)
      window.signIn(guest('view'))
      dialog.press('diagnosis.button')
      await dialogSays(dialog, refused('operate'))
    })
    test('of a stream tries the stream, too', async () => {
      const dialog = await openDialog(window, { button: 'diagnosis.button', title: 'diagnosis.title', at: `${server()}/streams/cam-1` })
      await isThere(() => dialog.button('diagnosis.button')?.disabled === false)
      expect(dialog.says()).toContain('RTSP DESCRIBE')
    })
  },
  'servers/PathEditDialog.tsx': () => {
    const way: WayIn = {
      get at() {
        return `${server()}?tab=configuration`
      },
      button: 'pathEdits.button',
      title: 'pathEdits.title',
    }
    /** The dialog has another title at each step. */
    const step = async (title: string, path: string) => {
      const name = title === 'pathEdits.title' ? `${words(title)}: ${path}` : words(title, { path })
      const box = () => within(window.document.body).queryByRole('dialog', { name })
      await isThere(box)
      return {
        says: () => box()?.textContent ?? '',
        type: (label: string, text: string) => void fireEvent.input(within(box() as HTMLElement).getByLabelText(label), { target: { value: text } }),
        press: (label: string) => void fireEvent.click(within(box() as HTMLElement).getByRole('button', { name: words(label) })),
      }
    }
    const read = async (path: string) => {
      const dialog = await openDialog(window, way)
      dialog.type('common.path', path)
      dialog.press('pathEdits.read')
      return step('pathEdits.title', path)
    }
    const says = (dialog: { readonly says: () => string }, text: string) => until(dialog.says, (said) => expect(said).toContain(text))
    const edits = async () => (await (await deck.ask('/api/events?kinds[0]=pathSettingsChanged')).json()) as readonly { readonly facts: object }[]

    tries('empty', 'failing', 'no permission')
    test('says what is missing, why it failed, and which permission it needs', async () => {
      const dialog = await openDialog(window, way)
      dialog.press('pathEdits.read')
      await dialogSays(dialog, words('pathEdits.pathMissing'))
      dialog.type('common.path', 'cam-1')
      window.use('fails')
      dialog.press('pathEdits.read')
      await dialogSays(dialog, failureText)
      window.use('passes')
      window.signIn(guest('operate'))
      dialog.press('pathEdits.read')
      await dialogSays(dialog, refused('administer'))
    })
    testIn('loading', 'is busy until the engine answers', async () => {
      const dialog = await openDialog(window, way)
      dialog.type('common.path', 'cam-1')
      window.use('hangs')
      dialog.press('pathEdits.read')
      await isThere(() => dialog.button('pathEdits.reading')?.disabled)
    })
    test('says at a setting what is wrong, and that nothing was entered', async () => {
      const entering = await read('cam-1')
      entering.press('pathEdits.preview')
      await says(entering, 'is missing')
      entering.type(words('common.search'), 'maxReaders')
      await says(entering, 'maxReaders')
      entering.type('maxReaders', 'many')
      entering.press('pathEdits.preview')
      await says(entering, 'maxReaders: expected a number')
    })
    testIn('full', 'previews, asks for a reason, changes, and says what came of it; nothing is done before', async () => {
      const entering = await read('cam-1')
      entering.type(words('common.search'), 'maxReaders')
      await says(entering, 'maxReaders')
      entering.type('maxReaders', '7')
      entering.press('pathEdits.preview')
      let confirm = await step('pathEdits.confirm.set', 'cam-1')
      await says(confirm, 'maxReaders: 0 → 7')
      await says(confirm, 'The server closes 1 stream')
      await says(confirm, 'reads its configuration file again or is restarted')
      expect(await edits()).toEqual([])
      confirm.press('pathEdits.apply')
      await says(confirm, 'ust not be empty')
      confirm.type(words('common.reason'), 'more readers are expected')
      // Going back for another look keeps it.
      confirm.press('pathEdits.back')
      const again = await step('pathEdits.title', 'cam-1')
      again.press('pathEdits.preview')
      confirm = await step('pathEdits.confirm.set', 'cam-1')
      window.use('fails')
      confirm.press('pathEdits.apply')
      await says(confirm, failureText)
      window.use('passes')
      confirm.press('pathEdits.apply')
      await says(await step('pathEdits.confirm.set', 'cam-1'), 'confirmed by reading it back')
      expect(await edits()).toMatchObject([{ facts: { path: 'cam-1', reason: 'more readers are expected', outcome: 'applied' } }])
      await pageSays('maxReaders: 0 → 7')
    })
    test('adds an entry that there is none of, and removes one', async () => {
      const adding = await read('new-1')
      adding.press('pathEdits.preview')
      const confirm = await step('pathEdits.confirm.add', 'new-1')
      confirm.type(words('common.reason'), 'another camera')
      confirm.press('pathEdits.apply')
      await says(await step('pathEdits.confirm.add', 'new-1'), 'confirmed by reading it back')
      const removing = await read('new-1')
      removing.press('common.remove')
      const sure = await step('pathEdits.confirm.remove', 'new-1')
      sure.type(words('common.reason'), 'not needed')
      sure.press('common.remove')
      await until(edits, (made) => expect(made[0]).toMatchObject({ facts: { path: 'new-1', change: 'remove', outcome: 'applied' } }))
    })
    test('of a stream begins with its settings', async () => {
      window.go(`${server()}/streams/cam-2`)
      await isThere(() => within(window.document.body).queryByRole('button', { name: words('pathEdits.button') }))
      fireEvent.click(within(window.document.body).getByRole('button', { name: words('pathEdits.button') }))
      await step('pathEdits.title', 'cam-2')
    })
  },
  'sessions/sessions.tsx': () => {
    oneOf('ending them', () => {
      const sessions = async () => (await (await deck.ask('/api/sessions')).json()) as { readonly total: number }
      testForm({
        way: { at: '/sessions?protocol=rtsp&role=publisher', button: 'sessions.kick', title: 'sessions.kickTitle_one' },
        does: 'sessions.kick',
        busy: 'common.saving',
        missing: 'ust not be empty',
        typed: { 'common.reason': 'wrong camera' },
        notDone: 'common.failedReason',
        needs: 'operate',
        isDone: async (dialog) => {
          const { total } = await sessions()
          await isClosed(dialog)
          await until(sessions, (left) => expect(left.total).toBeLessThanOrEqual(total))
          const events = (await (await deck.ask('/api/events')).json()) as readonly object[]
          expect(events).toContainEqual(
            expect.objectContaining({ kind: 'sessionsKicked', facts: expect.objectContaining({ reason: 'wrong camera', sessions: 1, role: 'publisher' }) }),
          )
        },
      })
    })
    oneOf('how long they are kept', () =>
      testForm({
        way: { at: '/sessions?span=day', button: 'sessions.past.keepTitle', title: 'sessions.past.keepTitle' },
        neverEmpty: 'it begins with what is in force',
        does: 'common.save',
        busy: 'common.saving',
        typed: { 'kept.column.days': '417' },
        notDone: 'common.failedReason',
        needs: 'administer',
        isDone: async (dialog) => {
          await isClosed(dialog)
          expect(await (await deck.ask('/api/sessions/past')).json()).toMatchObject({ keepDays: 417 })
        },
      }),
    )
  },
  'recordings/RecordingDetails.tsx': () => {
    const dayOf = (at: number) => new Date(at).toLocaleDateString('sv')
    // Soon after midnight the newest day may have only what is being written.
    const day = dayOf(Date.now() - 2 * 3_600_000)
    const segments = async () => {
      const lane = (await (await deck.ask('/api/recordings/lane?server=berlin&path=cam-0')).json()) as { readonly segments: readonly number[] }
      return { written: lane.segments.slice(0, -1).filter((at) => dayOf(at) === day), being: lane.segments.slice(-1) }
    }
    const way: WayIn = {
      at: '/recordings',
      open: async (window) => {
        window.go(`/recordings?of=${deck.ids.server}&path=cam-0&day=${day}`)
        const button = () => within(window.document.body).queryByRole('button', { name: words('recordings.delete') })
        await isThere(button)
        fireEvent.click(button() as Element)
      },
    }
    test('says from when to when the segments began, and that it destroys', async () => {
      const dialog = await openDialog(window, way)
      expect(dialog.says()).toMatch(/That began from .+:.+ to .+:/)
      expect(dialog.button('recordings.deleteNow')?.className).toContain('text-critical')
    })
    testForm({
      way,
      does: 'recordings.deleteNow',
      busy: 'common.saving',
      missing: 'ust not be empty',
      typed: { 'common.reason': 'asked for by the customer' },
      notDone: 'common.failedReason',
      needs: 'administer',
      isDone: async (dialog) => {
        await isClosed(dialog)
        // The one that is being written is kept.
        await until(segments, (left) => expect(left).toEqual({ written: [], being: [expect.any(Number)] }))
        const events = (await (await deck.ask('/api/events')).json()) as readonly object[]
        expect(events).toContainEqual(
          expect.objectContaining({ kind: 'recordingsDeleted', facts: expect.objectContaining({ reason: 'asked for by the customer', failed: 0 }) }),
        )
      },
    })
  },
  'pages/ProbesPage.tsx': () =>
    testMenu({
      way: () => ({ at: '/probes', button: 'probes.column.project' }),
      full: ['north', 'probes.noProject'],
      empty: { noButton: ['probes.none'] },
      refused: { noButton: ['common.loadingFailed', refused('view')] },
    }),
  'history/BundleDialog.tsx': () => {
    const way = { at: '/history', button: 'bundle.title', title: 'bundle.title' }
    testForm({
      way,
      neverEmpty: 'its period is the one that is shown, and the note may be left out',
      does: 'bundle.make',
      busy: 'common.saving',
      typed: { 'bundle.note': 'ticket 4711' },
      notDone: 'common.failedReason',
      needs: 'view',
      isDone: async (dialog) => {
        await isClosed(dialog)
        await until(
          () => window.savedFiles,
          (files) => expect(files.at(-1)).toMatch(/\.mtxdeck$/),
        )
      },
    })
  },
  'alarms/useAlarmDesk.tsx': () => {
    let id = ''
    beforeAll(async () => {
      const server = await addOf('servers', { url: addressOfServer, auth: { kind: 'none' } })('the dead server')
      await vi.waitFor(async () => {
        const open = (await (await deck.ask(`/api/alarms?serverId=${server}`)).json()) as readonly { readonly id: string }[]
        expect(open).toHaveLength(1)
        id = open[0]?.id ?? ''
      }, soon)
    })
    const way = (button: string, title: string): WayIn => ({
      get at() {
        return `/alarms?id=${id}`
      },
      button,
      title,
    })
    oneOf('a comment', () =>
      testForm({
        way: way('alarms.comment', 'alarms.form.comment_one'),
        does: 'alarms.form.comment_one',
        busy: 'common.saving',
        missing: 'alarms.form.textWrong',
        typed: { 'alarms.form.comment': 'called the site' },
        notDone: 'common.failedReason',
        needs: 'operate',
        isDone: async (dialog) => {
          await isClosed(dialog)
          await pageSays('called the site')
        },
      }),
    )
    oneOf('an acknowledgement', () =>
      testForm({
        way: way('alarms.acknowledgeAs', 'alarms.form.acknowledge_one'),
        does: 'alarms.form.acknowledge_one',
        busy: 'common.saving',
        neverEmpty: 'its comment may be left out',
        typed: { 'alarms.form.comment': 'power is out there' },
        notDone: 'common.failedReason',
        needs: 'operate',
        isDone: async (dialog) => {
          await isClosed(dialog)
          await pageSays('power is out there')
          await pageSays(words('alarms.giveBack'))
        },
      }),
    )
    oneOf('a shelf', () =>
      testForm({
        way: way('alarms.shelve', 'alarms.form.shelve_one'),
        does: 'alarms.form.shelve_one',
        busy: 'common.saving',
        missing: 'alarms.form.textWrong',
        typed: { 'common.reason': 'the site is rebuilt' },
        notDone: 'common.failedReason',
        needs: 'operate',
        isDone: async (dialog) => {
          await isClosed(dialog)
          await pageSays('the site is rebuilt')
          await pageSays(words('alarms.unshelve'))
        },
      }),
    )
  },
  'alarms/PlanLists.tsx': () => {
    oneOf('maintenance', () => {
      testForm({
        way: { at: '/alarms?tab=maintenance&edit=new', title: 'maintenance.form.add' },
        does: 'common.add',
        busy: 'common.saving',
        missing: 'maintenance.form.nameWrong',
        typed: { 'common.name': 'the new window', 'maintenance.form.start': '2030-11-28 02:00' },
        notDone: 'common.failedReason',
        needs: 'operate',
        isDone: async (dialog) => {
          await isClosed(dialog)
          await pageSays('the new window')
          await pageSays('28 Nov 2030')
        },
      })
      test('says that maintenance without a server, tag or stream is for all of them, until one is chosen', async () => {
        const dialog = await openDialog(window, { at: '/alarms?tab=maintenance&edit=new', title: 'maintenance.form.add' })
        await dialogSays(dialog, words('maintenance.form.forEverything'))
        dialog.type('common.servers', 'Berlin')
        await until(dialog.says, (said) => expect(said).not.toContain(words('maintenance.form.forEverything')))
      })
    })
    oneOf('times on air', () => {
      testForm({
        way: { at: '/alarms?tab=maintenance&onAir=new', title: 'onAir.form.add' },
        does: 'common.add',
        busy: 'common.saving',
        missing: 'onAir.form.streamsWrong',
        typed: { 'common.name': 'the new show', 'common.streams': 'no/such/show', 'common.hours': 'SA,SU 22:00-04:00' },
        notDone: 'common.failedReason',
        needs: 'operate',
        isDone: async (dialog) => {
          await isClosed(dialog)
          await pageSays('the new show')
          await pageSays('SA,SU 22:00-04:00')
        },
      })
      test('shows the next five times on air before they are added, whatever else is missing', async () => {
        const dialog = await openDialog(window, { at: '/alarms?tab=maintenance&onAir=new', title: 'onAir.form.add' })
        await dialogSays(dialog, '–')
        dialog.type('common.hours', 'MO-SU 10:00-11:30')
        await until(dialog.says, (said) => expect(said?.match(/10:00\D{1,3}11:30/g)?.length).toBeGreaterThanOrEqual(5))
      })
    })
    oneOf('removal of maintenance', () =>
      testRemoval({
        add: addOf('maintenance', { zone: 'UTC', start: '2030-11-28T02:00', hours: 1 }),
        way: (_id, name) => ({ at: '/alarms?tab=maintenance', button: words('common.removeName', { name }) }),
        does: 'common.remove',
        removed: 'common.removedName',
        notRemoved: 'common.failedReason',
        needs: 'operate',
        list: 'maintenance',
      }),
    )
    oneOf('removal of times on air', () =>
      testRemoval({
        add: addOf('on-air', { zone: 'UTC', streams: ['no/such/*'], weekly: ['MO 10:00-11:00'] }),
        way: (_id, name) => ({ at: '/alarms?tab=maintenance', button: words('common.removeName', { name }) }),
        does: 'common.remove',
        removed: 'common.removedName',
        notRemoved: 'common.failedReason',
        needs: 'operate',
        list: 'on-air',
      }),
    )
  },
  'alarms/PlansNow.tsx': () =>
    testForm({
      way: {
        get at() {
          return server()
        },
        keys: { key: 'm' },
        title: 'common.maintenanceFromNowOn',
      },
      does: 'maintenance.now.do',
      busy: 'common.saving',
      neverEmpty: 'its name may be left out',
      typed: { 'common.name': 'the lens is changed' },
      notDone: 'common.failedReason',
      needs: 'operate',
      isDone: async (dialog) => {
        await isClosed(dialog)
        await pageSays('In maintenance until')
        await pageSays('the lens is changed')
      },
    }),
  'accounts/Accounts.tsx': () => {
    const ofWindow = 'the words and the fields are those of the form for a new account'
    beforeAll(() => addAccount('ada', 'administrator'))
    oneOf('add', () =>
      testForm({
        way: { at: '/settings/people?edit=new', title: 'people.add' },
        does: 'common.add',
        busy: 'common.saving',
        missing: 'must not be empty',
        typed: { 'common.name': 'grace', 'common.password': password, 'people.form.repeat': password },
        notDone: 'common.failedReason',
        needs: 'administer',
        isDone: async (dialog) => {
          await isClosed(dialog)
          await pageSays('grace')
        },
      }),
    )
    oneOf('edit', () =>
      testForm({
        way: { at: '/settings/people', button: 'Edit ada', title: 'Edit ada' },
        does: 'common.save',
        busy: 'common.saving',
        neverEmpty: ofWindow,
        typed: { 'people.fullName': 'Ada Lovelace', 'people.groups': 'north, south' },
        notDone: 'common.failedReason',
        needs: 'administer',
        isDone: async (dialog) => {
          await isClosed(dialog)
          await pageSays('Ada Lovelace')
        },
      }),
    )
    oneOf('password', () =>
      testForm({
        way: { at: '/settings/people', button: 'Set a new password for ada' },
        does: 'common.save',
        busy: 'common.saving',
        neverEmpty: 'left empty, a password is made',
        typed: { 'people.own.new': 'another long password' },
        notDone: 'common.failedReason',
        needs: 'administer',
        isDone: async (dialog) => {
          await isClosed(dialog)
          await windowSays(window, words('people.passwordSet'))
        },
      }),
    )
    oneOf('remove', () =>
      testRemoval({
        add: (name) => addAccount(name, 'user'),
        way: (_id, name) => ({ at: '/settings/people', button: words('common.removeName', { name }) }),
        does: 'common.remove',
        removed: 'common.removedName',
        notRemoved: 'common.failedReason',
        list: 'accounts',
      }),
    )
  },
  'accounts/Tokens.tsx': () => {
    oneOf('add', () =>
      testForm({
        way: { at: '/settings/people/tokens', button: 'people.tokens.add' },
        does: 'common.add',
        busy: 'common.saving',
        missing: 'must not be empty',
        typed: { 'common.name': 'backup', 'people.tokens.expiresAt': '2099-12-31 18:00' },
        notDone: 'common.failedReason',
        needs: 'administer',
        isDone: () => windowSays(window, words('people.tokens.secretText')),
      }),
    )
    oneOf('rotate', () => {
      const way = { at: '/settings/people/tokens', button: 'Replace the secret of rotated', title: 'Replace the secret of rotated' }
      cannot('empty', 'it asks about the one that it was opened for')
      tries('failing', 'no permission')
      beforeAll(() => addToken('rotated'))
      test.each<readonly [State, string, () => void]>([
        ['failing', failureText, () => window.use('fails')],
        ['no permission', refused('administer'), () => window.signIn(guest('view'))],
      ])('says why it was not replaced: %s', async (_state, reason, become) => {
        const dialog = await openDialog(window, way)
        become()
        dialog.press('people.tokens.rotateIt')
        await windowSays(window, words('common.failedReason', { reason }))
      })
      testIn('loading', 'is closed, and shows nothing new until the engine has answered', async () => {
        const dialog = await openDialog(window, way)
        window.use('hangs')
        dialog.press('people.tokens.rotateIt')
        await isClosed(dialog)
        expect(window.document.body.textContent).not.toContain(words('people.tokens.secretText'))
      })
      testIn('full', 'is followed by the new one, shown once', async () => {
        const dialog = await openDialog(window, way)
        dialog.press('people.tokens.rotateIt')
        await windowSays(window, words('people.tokens.secretText'))
      })
    })
    oneOf('remove', () =>
      testRemoval({
        add: addToken,
        way: (_id, name) => ({ at: '/settings/people/tokens', button: words('common.removeName', { name }) }),
        does: 'common.remove',
        removed: 'common.removedName',
        notRemoved: 'common.failedReason',
        list: 'accounts/tokens',
      }),
    )
  },
  'accounts/GuestLinks.tsx': () => {
    oneOf('add', () =>
      testForm({
        way: { at: '/settings/people/guests', button: 'people.guests.add' },
        does: 'common.add',
        busy: 'common.saving',
        missing: 'must not be empty',
        typed: { 'common.name': 'the fair', 'common.streams': 'berlin / cam-4' },
        notDone: 'common.failedReason',
        needs: 'administer',
        isDone: () => windowSays(window, 'Copy it now: it is not shown again.'),
      }),
    )
    oneOf('revoke', () => {
      for (const state of ['loading', 'empty', 'failing', 'no permission'] as const) cannot(state, 'it is the question of accounts/Tokens.tsx')
      testIn('full', 'ends the link, which leaves the list', async () => {
        const body = JSON.stringify({ name: 'old fair', shows: { kind: 'streams', streams: [{ serverId: deck.ids.server, path: 'cam-4' }] } })
        expect((await deck.ask('/api/guests', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body })).status).toBe(201)
        const dialog = await openDialog(window, { at: '/settings/people/guests', button: words('people.guests.revoke', { name: 'old fair' }) })
        dialog.press('people.guests.revokeIt')
        await isClosed(dialog)
        expect((await listed('guests')).filter((link) => 'name' in link && link.name === 'old fair')).toEqual([])
      })
      testIn('full', 'a stream and a wall lead to a new link of theirs', async () => {
        const dialog = await openDialog(window, { at: `/servers/${deck.ids.server}/streams/cam-4`, button: 'people.guests.add' })
        expect(dialog.field('common.streams').value).toBe('berlin / cam-4')
        dialog.press('common.cancel')
        const wall = await addOf('walls', { scope: null })('of guests')
        const other = await openDialog(window, { at: `/wall?wall=${wall}`, button: 'people.guests.add' })
        expect(other.says()).toContain('of guests')
      })
    })
  },
  'accounts/DeskLock.tsx': () => {
    const lockPassword = 'night shift'
    oneOf('set', () =>
      testForm({
        way: { at: '/settings/display', button: 'people.lock.set', title: 'people.lock.set' },
        does: 'common.save',
        busy: 'common.saving',
        missing: 'at least 4 characters',
        typed: { 'common.password': lockPassword, 'people.form.repeat': lockPassword },
        notDone: 'common.failedReason',
        needs: 'administer',
        isDone: async (dialog) => {
          await isClosed(dialog)
          await pageSays(words('people.lock.isSet'))
        },
      }),
    )
    oneOf('remove', () =>
      testForm({
        way: { at: '/settings/display', button: 'people.lock.remove', title: 'people.lock.remove' },
        does: 'common.remove',
        busy: 'common.saving',
        neverEmpty: 'a password that is left out is a wrong one',
        typed: { 'people.own.current': lockPassword },
        notDone: 'common.failedReason',
        needs: 'administer',
        isDone: async (dialog) => {
          await isClosed(dialog)
          await pageSays(words('people.lock.notSet'))
        },
      }),
    )
  },
  'accounts/MyAccount.tsx': () => {
    asOwn()
    testForm({
      way: { at: '/settings/account', button: 'people.own.changePassword' },
      does: 'common.change',
      busy: 'common.saving',
      missing: 'at least 10 characters',
      typed: { 'people.own.current': password, 'people.own.new': 'another long password', 'people.form.repeat': 'another long password' },
      notDone: 'common.failedReason',
      needs: 'view',
      without: withoutAccount,
      isDone: async (dialog) => {
        await isClosed(dialog)
        await windowSays(window, words('people.own.passwordChanged'))
      },
    })
    oneOf('one-time codes', () =>
      testForm({
        way: { at: '/settings/account', button: 'people.own.setUp', title: 'people.own.setUp' },
        does: 'people.own.confirm',
        busy: 'common.saving',
        neverEmpty: 'a password that is left out is a wrong one',
        // Changed above.
        typed: { 'people.own.current': 'another long password' },
        notDone: 'common.failedReason',
        needs: 'view',
        without: withoutAccount,
        isDone: () => windowSays(window, words('people.own.scan')),
      }),
    )
  },
  'accounts/OtherWays.tsx': () => {
    const own = asOwn('keys')
    const client = () => createRouterClient(deck.engine.router, { context: { operator: own(), origin } })
    const made = (challenge: Buffer) => make(newDevice(), challenge.toString('base64url'))
    oneOf('add', () => {
      /** What the device does when the browser asks it; null: somebody cancels. */
      let device: typeof made | null = made
      beforeAll(() => {
        const buffer = (text: string) => new Uint8Array(Buffer.from(text, 'base64url')).buffer
        const create = async ({ publicKey: { challenge } }: { readonly publicKey: { readonly challenge: ArrayBuffer } }) => {
          if (device === null) throw new DOMException('not for operators', 'NotAllowedError')
          const { id, rawId, response } = device(Buffer.from(challenge))
          const bytes = Object.fromEntries(Object.entries(response).map(([key, text]) => [key, buffer(String(text ?? ''))]))
          return { id, rawId: buffer(rawId), type: 'public-key', response: bytes, getClientExtensionResults: () => ({}) }
        }
        Object.defineProperty(globalThis, 'PublicKeyCredential', { configurable: true, value: class {} })
        Object.defineProperty(navigator, 'credentials', { configurable: true, value: { create } })
      })
      afterAll(() => Reflect.deleteProperty(globalThis, 'PublicKeyCredential'))
      const way = { at: '/settings/account', button: 'people.own.addPasskey', title: 'people.own.addPasskey' }
      const typed = { 'people.own.passkeyName': 'the laptop', 'people.own.current': password }
      testForm({
        way,
        does: 'common.add',
        busy: 'common.saving',
        missing: 'ust not be empty',
        typed,
        notDone: 'common.failedReason',
        needs: 'view',
        without: withoutAccount,
        isDone: async (dialog) => {
          await isClosed(dialog)
          await windowSays(window, words('people.own.passkeyAdded'))
          await pageSays('the laptop')
        },
      })
      test('says in our words that the browser made none, and keeps what was typed', async () => {
        device = null
        onTestFinished(() => {
          device = made
        })
        const dialog = await openDialog(window, way)
        for (const [label, text] of Object.entries(typed)) dialog.type(label, text)
        dialog.press('common.add')
        await dialogSays(dialog, words('people.own.passkeyNotMade'))
        expect(dialog.says()).not.toContain('not for operators')
        expect(dialog.field('people.own.passkeyName').value).toBe('the laptop')
      })
    })
    oneOf('remove', () =>
      testRemoval({
        add: async (name) => {
          const { challenge } = (await client().accounts.startPasskey({ password })) as { readonly challenge: string }
          return (await client().accounts.addPasskey({ name, answer: made(Buffer.from(challenge, 'base64url')) })).id
        },
        way: (_id, name) => ({ at: '/settings/account', button: words('common.removeName', { name }) }),
        does: 'common.remove',
        removed: 'common.removedName',
        notRemoved: 'common.failedReason',
        without: withoutAccount,
        list: 'passkeys',
        read: async () => (await client().accounts.ways()).passkeys,
      }),
    )
  },
  'accounts/ShownOnce.tsx': () => {
    for (const state of ['loading', 'empty', 'failing', 'no permission'] as const) cannot(state, 'it shows what the engine has answered')
    testIn('full', 'shows the secret of a new token, and forgets it when it is closed', async () => {
      const form = await openDialog(window, { at: '/settings/people/tokens', button: 'people.tokens.add' })
      form.type('common.name', 'shown once')
      form.press('common.add')
      await windowSays(window, words('people.tokens.secretText'))
      const box = () => within(window.document.body).queryByRole('dialog')
      const secret = box()?.querySelector('pre')?.textContent ?? ''
      expect(secret.length).toBeGreaterThan(30)
      fireEvent.keyDown(window.document.activeElement ?? window.document.body, { key: 'Escape' })
      await until(box, (found) => expect(found).toBeNull())
      await pageSays('shown once')
      expect(window.document.body.textContent).not.toContain(secret)
    })
  },
  'accounts/WhoIsSignedIn.tsx': () => {
    asOwn()
    testMenu({
      way: () => ({ at: '/streams', button: words('people.own.signedInAs', { name: 'own' }) }),
      full: ['people.account', 'people.own.signOut', 'people.roles.user'],
      empty: { noButton: ['common.noServersYet'] },
      refused: { noButton: ['banner.fleetTitle'] },
    })
  },
  'shift/HandoverDialogs.tsx': () => {
    /** The page may know at first only who was there before. */
    const open = ({ document: { body } }: ConsoleWindow) => isThere(() => within(body).queryByLabelText(words('shift.name')))
    let id = 0
    beforeAll(async () => {
      const answer = await deck.ask('/api/handovers', { method: 'POST', headers: json, body: JSON.stringify({ name: 'Grace' }) })
      id = ((await answer.json()) as { readonly id: number }).id
    })
    testForm({
      way: { at: '/handover?hand', title: 'shift.handOver', open },
      does: 'shift.handOver',
      busy: 'common.saving',
      missing: 'alarms.form.textWrong',
      typed: { 'shift.name': 'Ada', 'shift.note': 'Watch the gate' },
      notDone: 'common.failedReason',
      needs: 'operate',
      isDone: async (dialog) => {
        await isClosed(dialog)
        await pageSays('Handed over by Ada')
        await pageSays('Watch the gate')
      },
    })
    oneOf('taking over', () => {
      testForm({
        way: {
          get at() {
            return `/handover?take=${id}`
          },
          title: 'shift.takeOver',
          open,
        },
        does: 'shift.takeOver',
        busy: 'common.saving',
        missing: 'alarms.form.textWrong',
        typed: { 'shift.name': 'Edith' },
        notDone: 'common.failedReason',
        needs: 'operate',
        isDone: async (dialog) => {
          await isClosed(dialog)
          await pageSays('Taken over by Edith')
        },
      })
    })
  },
  'pages/HandoverPage.tsx': () => {
    cannot('empty', 'it belongs to a handover that is stored')
    beforeAll(async () => {
      const post = (path: string, body: object) =>
        deck.ask(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
      await post('/api/channels', { name: 'the mail desk', email: 'noc@example.org', from: 'a@example.org', smtp: 'smtp://127.0.0.1:9' })
      await post('/api/handovers', { name: 'Ada' })
    })
    testMenu({
      way: () => ({ at: '/handover?id=1', button: 'shift.mail' }),
      full: ['the mail desk'],
      refused: { lists: [refused('view')] },
    })
  },
  'shift/ReportSettings.tsx': () => {
    oneOf('edit', () =>
      testForm({
        way: { at: '/settings/reports?edit=new', title: 'shift.reports.add' },
        does: 'common.add',
        busy: 'common.saving',
        missing: 'ust not be empty',
        typed: { 'common.name': 'the new report', 'shift.reports.channels': 'nobody' },
        notDone: 'common.failedReason',
        needs: 'administer',
        isDone: async (dialog) => {
          await isClosed(dialog)
          await pageSays('the new report')
          await pageSays('No such e-mail channel: nobody')
        },
      }),
    )
    oneOf('remove', () =>
      testRemoval({
        add: addOf('reports', { zone: 'UTC', channels: ['nobody'] }),
        way: (_id, name) => ({ at: '/settings/reports', button: words('common.removeName', { name }) }),
        does: 'common.remove',
        removed: 'common.removedName',
        notRemoved: 'common.failedReason',
        list: 'reports',
      }),
    )
  },
  'walls/WallDialog.tsx': () => {
    oneOf('a wall', () => {
      const way = { at: '/wall?edit=new', title: 'common.newWall' }
      testForm({
        way,
        does: 'common.add',
        busy: 'common.saving',
        missing: 'ust not be empty',
        typed: { 'common.name': 'the new wall', 'wall.form.streams': 'cam-*' },
        notDone: 'common.failedReason',
        needs: 'operate',
        isDone: async (dialog) => {
          await isClosed(dialog)
          await pageSays('the new wall')
          await pageSays('cam-4')
        },
      })
      test('says that there is a wall of this name already', async () => {
        await addOf('walls', {})('the same wall')
        const dialog = await openDialog(window, way)
        dialog.type('common.name', 'The Same Wall')
        dialog.press('common.add')
        await dialogSays(dialog, 'This name is taken')
      })
    })
  },
  'fleet/AddStreams.tsx': () => {
    const found = () => Array.from(window.document.querySelectorAll('[role="option"]'))
    let id = ''
    beforeAll(async () => {
      id = await addOf('walls', { scope: null })('the chosen ones')
    })
    const open = () => openDialog(window, { at: `/wall?wall=${id}&edit=${id}`, title: words('common.editName', { name: 'the chosen ones' }) })
    tries('loading', 'failing', 'no permission')
    test.each<readonly [State, () => void]>([
      ['loading', () => window.use('hangs')],
      ['failing', () => window.use('fails')],
      ['no permission', () => window.signIn(guest(null))],
    ])('offers the streams that are known, also while the engine cannot be asked: %s', async (_state, become) => {
      const dialog = await open()
      become()
      dialog.press('wall.form.addStreams')
      await until(found, (all) => expect(all.map(({ textContent }) => textContent)).toContain('cam-4berlin'))
    })
    tries('empty')
    testIn('full', 'adds streams by name to those in the form, one after the other and none twice, and takes those that are there by then', async () => {
      const dialog = await open()
      dialog.press('wall.form.addStreams')
      const search = () => within(window.document.body).getByRole('combobox', { name: words('streams.search') })
      await isThere(() => found().length > 2)
      fireEvent.input(search(), { target: { value: 'cam-4' } })
      await until(found, (all) => expect(all.map(({ textContent }) => textContent)).toEqual(['cam-4berlin']))
      fireEvent.keyDown(search(), { key: 'Enter' })
      await until(found, (all) => expect(all).toEqual([]))
      fireEvent.input(search(), { target: { value: 'cam' } })
      await isThere(() => found().length > 0)
      fireEvent.click(found()[0] as Element)
      // The second half of a double click.
      for (const next of found().slice(0, 1)) fireEvent.click(next, { detail: 2 })
      await until(
        () => dialog.field('wall.form.listed').value,
        (text) => expect(text).toBe('berlin / cam-4\nberlin / cam-0'),
      )
      // What follows the one that was added is marked then.
      for (const name of ['ArrowDown', 'Enter', 'Enter']) {
        fireEvent.keyDown(search(), { key: name })
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      await until(
        () => dialog.field('wall.form.listed').value,
        (text) => expect(text).toBe('berlin / cam-4\nberlin / cam-0\nberlin / cam-2\nberlin / cam-3'),
      )
      fireEvent.input(search(), { target: { value: 'no such stream' } })
      await windowSays(window, words('common.nothingFound'))
      fireEvent.keyDown(search(), { key: 'Escape' })
      dialog.press('common.save')
      await isClosed(dialog)
      const walls = (await (await deck.ask('/api/walls')).json()) as readonly { readonly id: string; readonly arranged: readonly object[] }[]
      expect(walls.find((wall) => wall.id === id)?.arranged).toMatchObject([4, 0, 2, 3].map((at) => ({ path: `cam-${at}` })))
    })
  },
  'cameras/CameraDialogs.tsx': () => {
    oneOf('a camera', () => {
      const way = { at: '/cameras?add', title: 'cameras.add' }
      testForm({
        way,
        does: 'common.add',
        busy: 'common.saving',
        missing: 'ust not be empty',
        typed: { 'common.name': 'the new camera', 'cameras.form.main': 'berlin / cam-2', 'common.tags': 'outside' },
        notDone: 'common.failedReason',
        needs: 'moderate',
        isDone: async (dialog) => {
          await isClosed(dialog)
          await pageSays('the new camera')
          await pageSays('cam-2')
        },
      })
      test('says at the field which line names no stream, and begins the change of one with what it is', async () => {
        const id = await addCamera('the kept one', { notes: 'Key at the porter' })
        const dialog = await openDialog(window, { at: `/cameras/${id}`, button: 'common.edit', title: words('common.editName', { name: 'the kept one' }) })
        expect(dialog.field('cameras.form.notes').value).toBe('Key at the porter')
        dialog.type('cameras.form.sub', 'nowhere / cam')
        dialog.press('common.save')
        await dialogSays(dialog, words('cameras.form.streamWrong'))
        dialog.type('cameras.form.sub', 'rtsp://noc:secret@10.0.0.9/2')
        dialog.press('common.save')
        await isClosed(dialog)
        await pageSays('rtsp://***@10.0.0.9/2')
        expect(window.document.body.textContent).not.toContain('secret')
      })
      test('says that somebody changed it meanwhile, and keeps what was typed', async () => {
        const id = await addCamera('the shared one')
        const dialog = await openDialog(window, { at: `/cameras/${id}`, button: 'common.edit', title: words('common.editName', { name: 'the shared one' }) })
        dialog.type('cameras.column.place', 'roof')
        const body = JSON.stringify({ change: { place: 'cellar' } })
        expect((await deck.ask(`/api/cameras/${id}`, { method: 'PATCH', headers: json, body })).ok).toBe(true)
        dialog.press('common.save')
        await dialogSays(dialog, 'Somebody changed this since you opened it')
        expect(dialog.field('cameras.column.place').value).toBe('roof')
      })
    })
    oneOf('many cameras', () => {
      beforeAll(async () => {
        for (const name of ['one of many', 'another of many']) await addCamera(name)
      })
      const way = { at: '/cameras?q=of+many', title: 'cameras.changeCount_other' }
      const choose = chooseRows('cameras.changeThem', 'one of many', 'another of many')
      const title = 'Change 2 cameras'
      testForm({
        way: {
          ...way,
          title,
          open: async (opened) => {
            await choose(opened)
            const tick = () => within(opened.document.body).queryByRole('checkbox', { name: words('cameras.column.project') })
            await isThere(tick)
            fireEvent.click(tick() as Element)
          },
        },
        does: 'common.change',
        busy: 'common.saving',
        typed: { 'cameras.column.project': 'the south' },
        notDone: 'common.failedReason',
        needs: 'moderate',
        isDone: async (dialog) => {
          await isClosed(dialog)
          await windowSays(window, words('cameras.changedCount', { 'count, number': '2' }))
          expect(await cameras()).toEqual(
            expect.arrayContaining(['one of many', 'another of many'].map((name) => expect.objectContaining({ name, project: 'the south' }))),
          )
        },
      })
      testIn('empty', 'asks what is to be changed', async () => {
        const dialog = await openDialog(window, { ...way, title, open: choose })
        window.use('fails')
        dialog.press('common.change')
        await dialogSays(dialog, words('cameras.form.nothingTicked'))
        expect(dialog.says()).not.toContain(failureText)
      })
    })
  },
  'cameras/ImportDialog.tsx': () => {
    const head = 'Name;Project;Server;Path\n'
    const choose = (text: string) => {
      const input = window.document.querySelector('[role="dialog"] input[type="file"]') as Element
      Object.defineProperty(input, 'files', { configurable: true, value: [new File([text], 'list.csv', { lastModified: 1 })] })
      fireEvent.change(input)
    }
    const open = () => openDialog(window, { at: '/cameras?import', title: 'cameras.import.title' })
    const submit = 'Import 1 camera'
    const canSend = (dialog: OpenDialog) => isThere(() => dialog.button(submit)?.disabled === false)
    testIn('empty', 'says that a file has no rows, and asks what the columns are where none was guessed', async () => {
      const dialog = await open()
      choose(head)
      await dialogSays(dialog, words('cameras.import.noRows'))
      choose('what;where\ngate;roof\n')
      await dialogSays(dialog, words('cameras.import.noColumns'))
      expect(dialog.says()).not.toContain(words('cameras.import.noRows'))
      expect(dialog.button('cameras.import.title')?.disabled).toBe(true)
      dialog.press('common.cancel')
      await isClosed(dialog)
    })
    testIn('loading', 'holds the place of what each row would do', async () => {
      const dialog = await open()
      window.use('hangs')
      choose(`${head}the sheet;north;;\n`)
      await isThere(() => window.document.querySelector('[role="dialog"] [data-skeleton]'))
      expect(dialog.button('cameras.import.title')?.disabled).toBe(true)
    })
    test('is busy until the engine answers', async () => {
      const dialog = await open()
      choose(`${head}the sheet;north;;\n`)
      await canSend(dialog)
      window.use('hangs')
      dialog.press(submit)
      await isThere(() => dialog.button('common.saving')?.disabled)
    })
    testIn('failing', 'says why it failed, keeps the sheet, and can be tried again', async () => {
      const dialog = await open()
      window.use('fails')
      choose(`${head}the sheet;north;;\n`)
      await dialogSays(dialog, words('common.failedReason', { reason: failureText }))
      window.use('passes')
      choose(`${head}the sheet;north;;\n`)
      await canSend(dialog)
      window.use('fails')
      dialog.press(submit)
      await dialogSays(dialog, words('common.failedReason', { reason: failureText }))
      expect(dialog.says()).toContain('the sheet')
      expect((await cameras()).map(({ name }) => name)).not.toContain('the sheet')
    })
    testIn('no permission', 'says which one it needs', async () => {
      const dialog = await open()
      window.signIn(guest('view'))
      choose(`${head}the sheet;north;;\n`)
      await dialogSays(dialog, refused('moderate'))
    })
    testIn('full', 'shows what each row would do, and does it', async () => {
      const dialog = await open()
      choose(`${head}the sheet;north;;\n`)
      await dialogSays(dialog, `${words('cameras.import.outcome.added')}: 1`)
      await canSend(dialog)
      dialog.press(submit)
      await isClosed(dialog)
      await windowSays(window, '1 added, 0 changed.')
      await pageSays('the sheet')
    })
    test('says that a row has a mistake by now, and shows it', async () => {
      const id = await addOf('servers', { url: addressOfServer, auth: { kind: 'none' } })('the short one')
      const dialog = await open()
      choose(`${head}late;north;the short one;cam\n`)
      await canSend(dialog)
      await deck.ask(`/api/servers/${id}`, { method: 'DELETE' })
      dialog.press(submit)
      await dialogSays(dialog, words('cameras.import.notDone'))
      await dialogSays(dialog, words('cameras.import.nothingUntil'))
    })
  },
  'cameras/Proposed.tsx': () => {
    const way = { at: '/cameras?view=proposed&q=cam-3', title: 'Make 1 camera', open: chooseRows('Make 1 camera', 'cam-3') }
    testForm({
      way,
      does: 'common.add',
      busy: 'common.saving',
      neverEmpty: 'a project may be left out',
      typed: { 'cameras.column.project': 'the west' },
      notDone: 'common.failedReason',
      needs: 'moderate',
      isDone: async (dialog) => {
        await isClosed(dialog)
        await windowSays(window, 'Cameras made: 1')
        expect(await cameras()).toContainEqual(expect.objectContaining({ project: 'the west' }))
        await windowSays(window, words('cameras.undo'))
        fireEvent.click(buttonIn(window.document.body, words('cameras.undo')) as Element)
        await until(cameras, (kept) => expect(kept).not.toContainEqual(expect.objectContaining({ project: 'the west' })))
      },
    })
    test('says what is wrong with what was entered, and of which camera', async () => {
      const dialog = await openDialog(window, way)
      dialog.type('cameras.column.project', 'x'.repeat(101))
      dialog.press('common.add')
      await dialogSays(dialog, words('common.failedReason'))
      await until(dialog.says, (said) => expect(said).toMatch(/cam 3: .*100/))
    })
  },
  'cameras/SearchNetworkDialog.tsx': () => {
    const open = () => openDialog(window, { at: '/cameras?view=proposed', button: 'cameras.network.button', title: 'cameras.network.title' })
    /** The networks are known by then. */
    const ready = async () => {
      const dialog = await open()
      await isThere(() => dialog.button('cameras.network.search')?.disabled === false)
      return dialog
    }
    testIn('loading', 'is busy until the engine answers, and searches once', async () => {
      const dialog = await ready()
      window.use('hangs')
      dialog.press('cameras.network.search')
      await isThere(() => dialog.button('cameras.network.searching')?.disabled)
    })
    testIn('failing', 'says why it failed, keeps what was typed, and can be tried again', async () => {
      const dialog = await ready()
      dialog.type('cameras.import.field.user', 'view')
      window.use('fails')
      dialog.press('cameras.network.search')
      await dialogSays(dialog, words('common.failedReason', { reason: failureText }))
      expect(dialog.field('cameras.import.field.user').value).toBe('view')
      expect(dialog.button('cameras.network.search')?.disabled).toBe(false)
    })
    testIn('no permission', 'says which one it needs', async () => {
      const dialog = await ready()
      window.signIn(guest('view'))
      dialog.press('cameras.network.search')
      await dialogSays(dialog, refused('moderate'))
    })
    testThere('where nothing is watched', 'says that the machine has no network', async () => {
      const dialog = await open()
      await dialogSays(dialog, words('cameras.network.noNetworks'))
      expect(dialog.button('cameras.network.search')?.disabled).toBe(true)
    })
    testIn('empty', 'says why it may be that nothing answers', async () => {
      isQuiet = true
      onTestFinished(() => {
        isQuiet = false
      })
      const dialog = await ready()
      dialog.press('cameras.network.search')
      await dialogSays(dialog, words('cameras.network.noneText'))
      expect(dialog.button('cameras.proposed.makeThem')?.disabled).toBe(true)
    })
    testIn('full', 'shows what answered, makes a camera of what is chosen, and knows it the next time', async () => {
      const dialog = await ready()
      expect(dialog.says()).toContain('lo · 127.0.0.1')
      dialog.type('cameras.import.field.user', 'view')
      dialog.type('common.password', 'right & long')
      dialog.press('cameras.network.search')
      for (const text of ['Gate north', 'Acme & Sons Dome 4', 'rtsp://127.0.0.1:554/media']) await dialogSays(dialog, text)
      expect(dialog.button('cameras.proposed.makeThem')?.disabled).toBe(true)
      fireEvent.click(within(window.document.body).getByRole('checkbox', { name: words('common.selectName', { name: 'Gate north' }) }))
      dialog.type('cameras.column.project', 'the harbour')
      dialog.press('Make 1 camera')
      await isClosed(dialog)
      await windowSays(window, 'Cameras made: 1')
      expect(await cameras()).toContainEqual(expect.objectContaining({ name: 'Gate north', project: 'the harbour' }))
      const again = await ready()
      again.press('cameras.network.search')
      await dialogSays(again, words('cameras.network.isCamera', { name: 'Gate north' }))
      again.press('cameras.network.again')
      await isThere(() => again.button('cameras.network.search'))
    })
  },
  'cameras/PushDialog.tsx': () => {
    const source = { streams: [{ use: 'main', address: 'rtsp://noc:secret@10.0.0.9/1' }] }
    let id = ''
    beforeAll(async () => {
      id = await addCamera('the pushed one', source)
    })
    const title = 'Push the pushed one to a server'
    const way: WayIn = {
      get at() {
        return `/cameras/${id}`
      },
      button: 'cameras.push.button',
      title,
    }
    oneOf('the preview', () => {
      testForm({
        way,
        does: 'pathEdits.preview',
        busy: 'pathEdits.reading',
        typed: { 'common.path': 'yard/gate' },
        notDone: 'common.failedReason',
        needs: 'operate',
        isDone: async (dialog) => {
          await dialogSays(dialog, words('cameras.push.yaml'))
          await dialogSays(dialog, 'rtsp://***@10.0.0.9/1')
          expect(window.document.body.textContent).not.toContain('secret')
          dialog.press('common.cancel')
          await isClosed(dialog)
        },
      })
      testThere('where nothing is watched', 'says that there is no server to push to', async () => {
        const ask = async (method: string, path: string, body?: object) =>
          (await (await bare.ask(`/api/cameras${path}`, { method, headers: json, ...(body && { body: JSON.stringify(body) }) })).json()) as {
            readonly id: string
          }
        const camera = await ask('POST', '', { name: 'the pushed one', ...source })
        onTestFinished(async () => void (await bare.ask(`/api/cameras/${camera.id}`, { method: 'DELETE' })))
        const dialog = await openDialog(window, { at: `/cameras/${camera.id}`, button: 'cameras.push.button', title })
        await dialogSays(dialog, words('common.noServersYet'))
        expect(dialog.button('pathEdits.preview')?.disabled).toBe(true)
      })
    })
    oneOf('the push', () =>
      testForm({
        way: {
          get at() {
            return `/cameras/${id}`
          },
          button: 'cameras.push.button',
          title,
          open: async ({ document: { body } }) => {
            const press = () => buttonIn(body, words('pathEdits.preview'))
            await isThere(press)
            fireEvent.click(press() as Element)
            await isThere(() => within(body).queryByLabelText(words('common.reason')))
          },
        },
        does: 'cameras.push.submit',
        busy: 'pathEdits.reading',
        missing: 'ust not be empty',
        typed: { 'common.reason': 'read on demand' },
        notDone: 'common.failedReason',
        needs: 'operate',
        isDone: async (dialog) => {
          await dialogSays(dialog, 'confirmed by reading it back')
          dialog.press('common.close')
          await isClosed(dialog)
          await isThere(() => buttonIn(window.document.body, words('cameras.push.withdraw')))
        },
      }),
    )
    oneOf('the withdrawal', () =>
      testForm({
        way: {
          get at() {
            return `/cameras/${id}`
          },
          button: 'cameras.push.withdraw',
          title: 'Withdraw the pushed one from its server',
        },
        does: 'cameras.push.withdraw',
        busy: 'pathEdits.reading',
        missing: 'ust not be empty',
        typed: { 'common.reason': 'not needed' },
        notDone: 'common.failedReason',
        needs: 'operate',
        isDone: async (dialog) => {
          await dialogSays(dialog, 'confirmed by reading it back')
          dialog.press('common.close')
          await isClosed(dialog)
          await isThere(() => buttonIn(window.document.body, words('cameras.push.button')))
        },
      }),
    )
  },
  'pages/CamerasPage.tsx': () => {
    oneOf('export', () => {
      beforeAll(() => addCamera('the listed one', { project: 'the north' }))
      const way = { at: '/cameras', button: 'cameras.export' }
      testMenu({ way: () => way, full: ['CSV', 'Excel (.xlsx)'], refused: { noButton: ['cameras.noneForYou'] } })
      testThere('where nothing is watched', 'cannot be opened where the page says that there is no camera', async () => {
        window.go(way.at)
        await pageSays(words('cameras.none'))
        expect(buttonIn(window.document.body, words(way.button))?.disabled).toBe(true)
      })
      test('saves the file, and says why there is none', async () => {
        const before = window.savedFiles.length
        const dialog = await openDialog(window, way)
        dialog.press('CSV')
        await until(
          () => window.savedFiles.slice(before),
          (files) => expect(files).toEqual([expect.stringMatching(/\.csv$/)]),
        )
        const again = await openDialog(window, way)
        window.use('fails')
        again.press('Excel (.xlsx)')
        await windowSays(window, words('common.failedReason', { reason: failureText }))
      })
    })
    oneOf('projects', () =>
      testMenu({
        way: () => ({ at: '/cameras', button: 'cameras.column.project' }),
        full: ['the north'],
        empty: { noButton: ['cameras.none'] },
        refused: { noButton: ['cameras.noneForYou'] },
      }),
    )
    oneOf('removal', () =>
      testRemoval({
        ...camerasRemoval,
        way: (_id, name) => ({ at: '/cameras', open: chooseRows('common.remove', name), title: words('common.removeName', { name }) }),
      }),
    )
    test('removes many after it said how many, and nothing of them if that fails', async () => {
      const names = ['first of three', 'second of three', 'third of three']
      for (const name of names) await addCamera(name)
      const left = async () => (await cameras()).filter(({ name }) => names.includes(name)).length
      const open = () => openDialog(window, { at: '/cameras?q=of+three', open: chooseRows('common.remove', ...names), title: 'Remove 3 cameras' })
      const dialog = await open()
      window.use('fails')
      dialog.press('common.remove')
      await windowSays(window, words('common.failedReason', { reason: failureText }))
      expect(await left()).toBe(3)
      window.use('passes')
      ;(await open()).press('common.remove')
      await until(left, (count) => expect(count).toBe(0))
    })
  },
  'pages/CameraHead.tsx': () =>
    testRemoval({ ...camerasRemoval, way: (id, name) => ({ at: `/cameras/${id}`, button: 'common.remove', title: words('common.removeName', { name }) }) }),
  'walls/WallBar.tsx': () =>
    testRemoval({
      add: addOf('walls', {}),
      way: (id, name) => ({ at: `/wall?wall=${id}`, button: words('common.removeName', { name }) }),
      does: 'common.remove',
      removed: 'common.removedName',
      notRemoved: 'common.failedReason',
      needs: 'operate',
      list: 'walls',
    }),
  'alarms/RuleList.tsx': () =>
    testForm({
      way: { at: '/alarms?tab=rules&edit=new', title: 'rules.form.add' },
      does: 'common.add',
      busy: 'common.saving',
      missing: 'ust not be empty',
      typed: { 'rules.form.id': 'slowLink', 'rules.form.limit': '4000000' },
      notDone: 'common.failedReason',
      needs: 'administer',
      isDone: async (dialog) => {
        await isClosed(dialog)
        await pageSays('slowLink')
      },
    }),
  'alarms/RuleDetails.tsx': () => {
    oneOf('an exception', () =>
      testForm({
        way: { at: '/alarms?tab=rules&rule=hostCpu', button: 'rules.form.exceptionTitle', title: 'rules.form.exceptionTitle' },
        does: 'common.add',
        busy: 'common.saving',
        missing: 'ust not be empty',
        typed: { 'common.reason': 'it encodes at night', 'common.hosts': 'edge*' },
        notDone: 'common.failedReason',
        needs: 'administer',
        isDone: async (dialog) => {
          await isClosed(dialog)
          await pageSays('it encodes at night')
        },
      }),
    )
    oneOf('a remedy', () =>
      testForm({
        way: { at: '/alarms?tab=rules&rule=streamStalled', button: 'common.add', title: 'rules.remedy.title' },
        neverEmpty: 'it begins with what is proposed',
        does: 'common.save',
        busy: 'common.saving',
        typed: { 'rules.form.onDelay': '47' },
        notDone: 'common.failedReason',
        needs: 'administer',
        isDone: async (dialog) => {
          await isClosed(dialog)
          await pageSays('47 s')
        },
      }),
    )
  },
  'alarms/Channels.tsx': () => {
    const way = { at: '/alarms?tab=channels', button: 'channels.form.add', title: 'channels.form.add' }
    testIn('empty', 'calls what is missing as its fields are called', async () => {
      const dialog = await openDialog(window, way)
      dialog.type('common.name', 'the night desk')
      dialog.type('channels.form.perMinutes', '5')
      dialog.press('common.add')
      await dialogSays(dialog, `"${words('channels.form.atMost')}" is missing`)
      await dialogSays(dialog, 'expected a value such as https://')
      for (const key of ['webhook', 'atMost']) expect(dialog.says()).not.toContain(`"${key}"`)
    })
    testForm({
      way,
      does: 'common.add',
      busy: 'common.saving',
      typed: { 'common.name': 'the night desk', 'common.address': 'http://127.0.0.1:9/hook' },
      notDone: 'common.failedReason',
      needs: 'administer',
      isDone: async (dialog) => {
        await isClosed(dialog)
        await pageSays('the night desk')
      },
    })
  },
  'alarms/PausedChannels.tsx': () => {
    beforeAll(async () => {
      const body = JSON.stringify({ name: 'the day desk', webhook: 'http://127.0.0.1:9/hook' })
      await deck.ask('/api/channels', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body })
    })
    testMenu({
      way: () => ({ at: '/alarms?tab=channels', button: `${words('channels.pause')} the day desk` }),
      full: ['30 min', '8 h'],
      empty: { noButton: ['channels.empty'] },
      refused: { noButton: [refused('view')] },
    })
  },
  'alarms/Readiness.tsx': () => {
    testIn('empty', 'asks for the time of the drill', async () => {
      const dialog = await openDialog(window, { at: '/alarms?tab=channels', button: 'channels.form.drillTitle', title: 'channels.form.drillTitle' })
      dialog.press('common.save')
      await dialogSays(dialog, 'is missing')
    })
    testForm({
      way: { at: '/alarms?tab=channels', button: 'channels.form.drillTitle', title: 'channels.form.drillTitle' },
      does: 'common.save',
      busy: 'common.saving',
      typed: { 'channels.form.days': 'MO, FR', 'channels.form.at': '10:00', 'common.timeZone': 'Europe/Berlin' },
      notDone: 'common.failedReason',
      needs: 'administer',
      isDone: async (dialog) => {
        await isClosed(dialog)
        await pageSays('MO,FR 10:00 Europe/Berlin')
      },
    })
  },
  'alarms/AlarmsWithDetails.tsx': () =>
    testMenu({
      way: () => ({ at: '/alarms', button: 'common.server' }),
      full: ['the dead server'],
      empty: { lists: ['common.nothingFound'] },
      refused: { noButton: ['banner.fleetTitle'] },
    }),
  'settings/PictureSettings.tsx': () => {
    const way = { at: '/settings/pictures?edit', title: 'common.snapshots' }
    testForm({
      way,
      does: 'common.save',
      busy: 'common.saving',
      typed: { 'snapshot.form.everySeconds': '77', 'snapshot.form.exceptions': 'never tags: night' },
      notDone: 'common.failedReason',
      needs: 'administer',
      isDone: async (dialog) => {
        await isClosed(dialog)
        await pageSays('every 1 min 17 s')
        await pageSays('never tags: night')
      },
    })
    testIn('empty', 'says at the field what is wrong, and does not ask the engine', async () => {
      const dialog = await openDialog(window, way)
      window.use('fails')
      dialog.type('snapshot.form.keepDays', '0')
      dialog.type('snapshot.form.exceptions', 'sometimes')
      dialog.press('common.save')
      await dialogSays(dialog, 'expected 1 or more')
      expect(dialog.says()).toContain(words('snapshot.form.exceptionsWrong'))
      expect(dialog.says()).not.toContain(failureText)
    })
  },
  'servers/ServersList.tsx': () =>
    testRemoval({
      add: addOf('servers', { url: addressOfServer, auth: { kind: 'none' } }),
      way: (_id, name) => ({ at: '/settings/servers', button: words('common.removeName', { name }) }),
      does: 'common.remove',
      removed: 'common.removedName',
      notRemoved: 'common.failedReason',
      list: 'servers',
    }),
  'pages/HostPage.tsx': () =>
    testRemoval({
      add: addOf('hosts', { ssh: 'noc@127.0.0.1:9', auth: { kind: 'password', password: 'secret' } }),
      way: (id) => ({ at: `/hosts/${id}`, button: 'common.remove' }),
      does: 'common.remove',
      removed: 'common.removedName',
      notRemoved: 'common.failedReason',
      list: 'hosts',
    }),
  'history/RangePicker.tsx': () =>
    testChoice({
      way: () => ({ at: server(), button: 'history.free', title: 'history.free' }),
      wrong: [
        ['common.from', 'yesterday', 'past.unreadable'],
        ['common.from', '', 'past.unreadable'],
        ['history.to', 'later', 'past.unreadable'],
        ['history.to', '2026-01-01 00:00:00', 'history.orderWrong'],
      ],
      right: { 'common.from': '2026-11-14 03:00:00', 'history.to': '2026-11-14 04:00:00' },
      does: 'history.show',
      address: /from=\d+&to=\d+/,
    }),
  'app/GoToPast.tsx': () =>
    testChoice({
      way: () => ({ at: '/', button: 'past.goTo' }),
      wrong: [
        ['past.moment', 'never', 'past.unreadable'],
        ['past.moment', '', 'past.unreadable'],
        ['past.moment', '2099-01-01 00:00:00', 'past.future'],
      ],
      right: { 'past.moment': '2026-01-01 00:00:00' },
      does: 'history.show',
      address: /at=\d+/,
    }),
  'fleet/DossierButton.tsx': () => {
    const way = () => ({ at: '/history', button: 'dossier.ways' })
    const full = ['dossier.hidden']
    testMenu({ way, full, empty: { lists: full }, refused: { lists: full } })
    test('is busy until the engine answers, says why there is none, and can be tried again', async () => {
      const dialog = await openDialog(window, way())
      window.use('hangs')
      dialog.press('dossier.hidden')
      const button = (label: string) => buttonIn(window.document.body, words(label))
      await isThere(() => button('dossier.button')?.disabled)
      expect(button('dossier.ways')?.disabled).toBe(true)
      window.use('passes')
      await windowSays(window, words('common.failedReason', { reason: failureText }))
      await isThere(() => button('dossier.ways')?.disabled === false)
    })
    testThere('without a permission', 'says which one a dossier needs', async () => {
      const dialog = await openDialog(window, way())
      dialog.press('dossier.hidden')
      await windowSays(window, words('common.failedReason', { reason: refused('view') }))
    })
  },
  'notifications/DeskNotifications.tsx': () => {
    // What sounds is chosen at this desk, whatever is watched and whoever sits there.
    const full = ['notifications.soundOff', 'notifications.toSettings']
    testMenu({ way: () => ({ at: '/', button: 'notifications.soundOff' }), full, empty: { lists: full }, refused: { lists: full } })
    test('mutes for a while, and ends a mute', async () => {
      const choose = async () => {
        window.go('/settings/notifications')
        const sound = () => Array.from(window.document.querySelectorAll<HTMLInputElement>('#page fieldset input[type="checkbox"]'))[4]
        await isThere(sound)
        fireEvent.click(sound() as Element)
      }
      await choose()
      // Nothing here can sound, which the button says.
      const dialog = await openDialog(window, { at: '/', button: 'notifications.unable' })
      await dialogSays(dialog, words('notifications.mute'))
      dialog.press('Mute for 1 h')
      await isClosed(dialog)
      const muted = await openDialog(window, { at: '/', button: 'notifications.mutedUntil' })
      muted.press('notifications.unmute')
      await isClosed(muted)
      await isThere(() => window.document.querySelector(`header button[aria-label="${words('notifications.unable')}"]`))
      await choose()
    })
  },
  'pages/CommandPalette.tsx': () => {
    const way = { at: '/', keys: { key: 'k', ctrlKey: true }, title: 'keys.palette' }
    const type = (text: string) => fireEvent.input(within(window.document.body).getByPlaceholderText(words('palette.placeholder')), { target: { value: text } })
    testIn('full', 'lists pages, servers and actions, and by a name hosts, probes and streams too', async () => {
      const dialog = await openDialog(window, way)
      for (const text of ['common.pages', 'pages.recordings', 'berlin', 'common.addAServer']) await dialogSays(dialog, words(text))
      type('berlin')
      for (const text of ['common.hosts', 'srv-berlin', 'common.probes', 'probe-berlin', 'cam-4']) await dialogSays(dialog, words(text))
    })
    testIn('empty', 'says that nothing was found', async () => {
      const dialog = await openDialog(window, way)
      type('zzzz')
      await dialogSays(dialog, words('common.nothingFound'))
    })
    test('Enter opens what is chosen', async () => {
      const dialog = await openDialog(window, way)
      type('cam-3')
      await until(dialog.says, (said) => expect(said).not.toContain(words('pages.settings')))
      fireEvent.keyDown(within(window.document.body).getByPlaceholderText(words('palette.placeholder')), { key: 'Enter' })
      await isClosed(dialog)
      expect(window.address()).toBe(`${server()}/streams/cam-3`)
    })
    for (const other of ['while the engine does not answer', 'while the engine fails', 'without a permission'] as const)
      testThere(other, 'leads to the pages all the same', async () => {
        const dialog = await openDialog(window, way)
        // Who may not add one is not offered it.
        await dialogSays(dialog, words(other === 'without a permission' ? 'pages.recordings' : 'common.addAServer'))
        expect(dialog.says()).not.toContain('berlin')
        type(words('pages.recordings'))
        await until(dialog.says, (said) => expect(said).not.toContain(words('pages.settings')))
        fireEvent.keyDown(within(window.document.body).getByPlaceholderText(words('palette.placeholder')), { key: 'Enter' })
        await isClosed(dialog)
        await pageSays(words('pages.recordings'))
      })
  },
  'pages/Frame.tsx': () => {
    const way = { at: '/streams', keys: { key: '?' }, title: 'common.keyboardShortcuts' }
    cannot('empty', 'keys that lead to the pages are there in every window')
    const lists = async () => {
      const dialog = await openDialog(window, way)
      for (const text of ['keys.everywhere', 'keys.palette', 'keys.goTo', 'streams.exportKey']) await dialogSays(dialog, words(text))
      dialog.escape()
      await isClosed(dialog)
    }
    testIn('full', 'lists the keys of everywhere and of the page, and Escape closes it', lists)
    for (const other of ['while the engine does not answer', 'while the engine fails', 'without a permission'] as const)
      testThere(other, 'lists the keys all the same', lists)
    test('switches off keys without Ctrl', async () => {
      const dialog = await openDialog(window, way)
      fireEvent.click(dialog.field('keys.single'))
      dialog.escape()
      await isClosed(dialog)
      fireEvent.keyDown(window.document.body, { key: '?' })
      fireEvent.keyDown(window.document.body, { key: 'k', ctrlKey: true })
      await isThere(() => within(window.document.body).queryByRole('dialog', { name: words('keys.palette') }))
      expect(within(window.document.body).queryByRole('dialog', { name: words('common.keyboardShortcuts') })).toBeNull()
    })
  },
  'history/ChooseSubjects.tsx': () =>
    testMenu({
      way: () => ({ at: '/history', button: 'timeline.choose' }),
      full: ['berlin', 'srv-berlin', 'probe-berlin'],
      empty: { lists: ['common.nothingFound'] },
      refused: { lists: ['common.nothingFound'] },
    }),
  'streams/Expectation.tsx': () => {
    testMenu({
      way: () => ({ at: '/streams', button: 'stream.expectation.many' }),
      full: ['stream.expectation.manyText'],
      empty: { noButton: ['common.noServersYet'] },
      refused: { noButton: ['banner.fleetTitle'] },
    })
  },
  'streams/StreamFilters.tsx': () =>
    testMenu({
      way: () => ({ at: '/streams', button: 'common.server' }),
      full: ['berlin'],
      empty: { lists: ['common.nothingFound'] },
      refused: { lists: ['common.nothingFound'] },
    }),
  'streams/ViewsAndColumns.tsx': () => {
    testMenu({ way: () => ({ at: '/streams', button: 'common.columns' }), full: ['common.rtt'], refused: { lists: ['common.rtt'] } })
    testIn('empty', 'says that there is no view yet, keeps one under a name, and forgets it', async () => {
      const dialog = await openDialog(window, { at: '/streams?q=cam', button: 'streams.views' })
      await dialogSays(dialog, words('streams.noViews'))
      dialog.type('streams.viewName', 'cameras')
      dialog.press('common.save')
      await isThere(() => dialog.button('cameras'))
      dialog.press(words('common.removeName', { name: 'cameras' }))
      await dialogSays(dialog, words('streams.noViews'))
    })
  },
}

for (const [source, tests] of Object.entries(dialogs))
  describe(source, () => {
    collected = source
    tests()
  })

test('every file that opens a dialog or a menu is in the table', () => {
  const root = join(import.meta.dirname, '../../src/renderer')
  const opens =
    /<(?:Dialog|Drawer|FormFrame|EditDialog|SendDialog|PathChangeDialog|RemoveDialog|PauseAndRemove|Menu|AddMenu|FacetMenu|Radix\.Root|Popover\.Root)\b/
  const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.tsx') && !/^(ui|app\/editing|app\/FacetMenu|fleet\/PathOutcome)\b/.test(path) && !path.endsWith('.test.tsx'))
    .filter((path) => opens.test(readFileSync(join(root, path), 'utf8')))
  expect(sources.sort()).toEqual(Object.keys(dialogs).sort())
})

test('the edit of a host begins with what was saved just before, however slow its list is', async () => {
  const id = await addOf('hosts', { ssh: 'noc@127.0.0.1:9', auth: { kind: 'password', password: 'secret' } })('rack-old')
  const edit = () => openDialog(window, { at: `/hosts/${id}`, button: 'common.edit' })
  const dialog = await edit()
  dialog.type('common.name', 'rack-new')
  window.use('listsHang')
  dialog.press('common.save')
  await isClosed(dialog)
  expect((await edit()).field('common.name').value).toBe('rack-new')
})

test('what was entered before the engine answered is still there when it does', async () => {
  await reopen({ link: 'silent' })
  window.go('/hosts?add=')
  const dialog = () => within(window.document.body).getByRole('dialog')
  const address = () => within(dialog()).getByLabelText<HTMLInputElement>(words('common.address'))
  await isThere(() => within(window.document.body).queryByRole('dialog') !== null)
  fireEvent.change(address(), { target: { value: 'noc@10.0.0.5' } })
  await windowSays(window, words('entry.connectingTitle'))
  window.use('passes')
  await until(
    () => window.document.body.textContent,
    (said) => expect(said).not.toContain(words('entry.connectingTitle')),
  )
  expect(address().value).toBe('noc@10.0.0.5')
})

test.each([
  ['/hosts?add=', 'common.address', 'noc@10.0.0.5', 'common.loadingFailed'],
  ['/probes?add=', 'probes.form.url', 'rtsp://10.0.0.5/cam', 'common.loadingFailed'],
])('a form that is opened by its address keeps what was typed when the list behind it cannot be read: %s', async (at, label, typed, failed) => {
  await reopen({ link: 'listsHang' })
  window.go(at)
  const dialog = () => within(window.document.body).queryByRole('dialog')
  const field = () => within(dialog() as HTMLElement).getByLabelText<HTMLInputElement>(words(label))
  await isThere(dialog)
  fireEvent.input(field(), { target: { value: typed } })
  window.use('fails')
  await windowSays(window, words(failed))
  expect(field().value).toBe(typed)
})

for (const [name, { open }] of Object.entries(otherWindows))
  describe(name, () => {
    beforeAll(open)
    for (const { source, name: does, run } of inOthers.filter(({ of }) => of === name)) test(`${source} ${does}`, run)
  })

test('every dialog is tried in each state, or the table says why it has none', () => {
  const dialogsTried = [...new Set([...tried.keys(), ...reasons.keys()])]
  expect([...new Set(dialogsTried.map((dialog) => dialog.split(' ')[0]))].sort()).toEqual(Object.keys(dialogs).sort())
  for (const dialog of dialogsTried) {
    const never = Object.entries(reasons.get(dialog) ?? {})
    expect([...(tried.get(dialog) ?? []), ...never.map(([state]) => state)].sort(), dialog).toEqual([...states].sort())
    for (const [, why] of never) expect(why).not.toBe('')
  }
})
