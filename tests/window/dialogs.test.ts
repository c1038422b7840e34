import { fireEvent, within } from '@testing-library/dom'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { startTestConsole, type TestConsole } from '../../src/headless/testConsole.ts'
import { soleOperator } from '../../src/shared/permissions.ts'
import { type ConsoleWindow, failureWords, guest, openWindow, wordsInEnglish } from './openWindow.ts'

/** A dialog of the console; words are keys of the catalogue. */
interface DialogTest {
  readonly at: string
  /** The button that opens it, where the address does not. */
  readonly opens?: string
  readonly title: string
  readonly does: string
  /** What the button says while it is under way. */
  readonly busy: string
  /** What it says at a field that is left out. */
  readonly missing?: string
  /** What is typed, by label. */
  readonly typed: Readonly<Record<string, string>>
  readonly notDone: string
  readonly needs: string
  /** What is there when it is done. */
  readonly done: string
}
const dialogs: Readonly<Record<string, DialogTest>> = {
  'adds a server': {
    at: '/settings/servers?add',
    title: 'serverForm.add',
    does: 'serverForm.addIt',
    busy: 'serverForm.saving',
    missing: 'Enter the address of the API',
    typed: { 'serverForm.url': 'http://127.0.0.1:9', 'serverForm.name': 'the new server' },
    notDone: 'serverForm.notSaved',
    needs: 'administer',
    done: 'the new server',
  },
  'adds a host': {
    at: '/hosts?add=here',
    title: 'hosts.form.add',
    does: 'hosts.form.addIt',
    busy: 'hosts.form.saving',
    typed: { 'hosts.form.name': 'the new host' },
    notDone: 'hosts.form.notSaved',
    needs: 'administer',
    done: 'the new host',
  },
}

let deck: TestConsole
let words: (key: string) => string
beforeAll(async () => {
  deck = await startTestConsole()
  words = await wordsInEnglish()
})
afterAll(() => deck[Symbol.asyncDispose]())

const patience = { timeout: 10_000, interval: 20 }
const isThere = async (find: () => unknown) => vi.waitFor(() => expect(find()).toBeTruthy(), patience)

describe.each(Object.entries(dialogs))('the dialog that %s', (_name, dialog) => {
  let window: ConsoleWindow
  let operator = soleOperator
  beforeAll(async () => {
    window = await openWindow(deck.engine, {
      operator: {
        ...soleOperator,
        get permission() {
          return operator.permission
        },
        get name() {
          return operator.name
        },
      },
    })
  })
  afterEach(async () => {
    operator = soleOperator
    window.use('passes')
    window.go('/nowhere')
    await isThere(() => window.text().includes(words('noPage.title')))
  })
  afterAll(() => window.close())

  async function open() {
    const body = () => within(window.document.body)
    window.go(dialog.at)
    await isThere(() => body().queryByRole('dialog', { name: words(dialog.title) }))
    const box = within(body().getByRole('dialog'))
    return {
      body,
      says: () => body().queryByRole('dialog')?.textContent ?? '',
      type: () => {
        for (const [label, text] of Object.entries(dialog.typed)) fireEvent.input(box.getByLabelText(words(label)), { target: { value: text } })
      },
      typed: () => Object.keys(dialog.typed).map((label) => (box.getByLabelText(words(label)) as HTMLInputElement).value),
      press: (button: string) => fireEvent.click(box.getByRole('button', { name: words(button) })),
      button: (button: string) => box.queryByRole<HTMLButtonElement>('button', { name: words(button) }),
    }
  }

  test('is closed by Cancel, and nothing is kept of it', async () => {
    const { body, type, press } = await open()
    type()
    press('common.cancel')
    await isThere(() => body().queryByRole('dialog') === null)
    expect(window.text()).not.toContain(dialog.done)
  })

  test.runIf(dialog.missing)('says at the field what is missing, and asks nobody', async () => {
    const { says, press } = await open()
    window.use('fails')
    press(dialog.does)
    await vi.waitFor(() => expect(says()).toContain(words(dialog.missing ?? '')), patience)
    expect(says()).not.toContain(failureWords)
  })

  test('is busy until the engine answers, and cannot be sent twice', async () => {
    const { type, press, button } = await open()
    type()
    window.use('hangs')
    press(dialog.does)
    await isThere(() => button(dialog.busy))
    expect(button(dialog.busy)?.disabled).toBe(true)
  })

  test('says why it failed and keeps what was typed, so that it can be tried again', async () => {
    const { body, says, type, typed, press } = await open()
    type()
    window.use('fails')
    press(dialog.does)
    await vi.waitFor(() => expect(says()).toContain(failureWords), patience)
    expect(says()).toContain(words(dialog.notDone))
    expect(typed()).toEqual(Object.values(dialog.typed))
    expect(body().queryByRole('dialog')).not.toBeNull()
  })

  test('says which permission it needs', async () => {
    const { says, type, press } = await open()
    operator = guest('view')
    type()
    press(dialog.does)
    await vi.waitFor(() => expect(says()).toContain(`This needs the permission "${dialog.needs}"; Guest has "view".`), patience)
  })

  test('does it, closes, and what was added is there', async () => {
    const { body, type, press } = await open()
    type()
    press(dialog.does)
    await isThere(() => body().queryByRole('dialog') === null)
    await isThere(() => window.text().includes(dialog.done))
  })
})
