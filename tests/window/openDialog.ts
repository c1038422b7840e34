import { fireEvent, within } from '@testing-library/dom'
import { expect, vi } from 'vitest'
import { type ConsoleWindow, wordsInEnglish } from './openWindow.ts'

/** Long enough for a busy machine: what does not come fails at last. */
export const soon = { timeout: 60_000, interval: 20 }
/** Waits until something holds, with what was seen last in the failure. */
export const until = <T>(look: () => T | Promise<T>, holds: (seen: T) => void): Promise<void> => vi.waitFor(async () => holds(await look()), soon)
/** Whatever the window shows, dialogs and notices too, has this in the end. */
export const windowSays = (window: ConsoleWindow, text: string): Promise<void> =>
  until(
    () => window.document.body.textContent,
    (said) => expect(said).toContain(text),
  )
export const isThere = (find: () => unknown): Promise<void> => until(find, (found) => expect(found).toBeTruthy())

/** How a dialog is opened: at an address, and by a button or keys where the address is not enough. Words are keys of the catalogue. */
export interface WayIn {
  readonly at: string
  readonly button?: string
  readonly keys?: { readonly key: string; readonly ctrlKey?: boolean }
  readonly open?: (window: ConsoleWindow) => Promise<void>
  /** Its accessible name; a menu has none. */
  readonly title?: string
}

/** A dialog as whoever sits before it uses it. */
export interface OpenDialog {
  readonly isOpen: () => boolean
  readonly says: () => string
  readonly field: (label: string) => HTMLInputElement
  readonly type: (label: string, text: string) => void
  readonly button: (label: string) => HTMLButtonElement | null
  readonly press: (label: string) => void
  readonly escape: () => void
}

/** The button of this name, else the one whose name begins or ends so. */
export function buttonIn(element: Element, name: string): HTMLButtonElement | null {
  let exact: HTMLButtonElement | null = null
  const near = within(element as HTMLElement).queryAllByRole<HTMLButtonElement>('button', {
    // Names take long to find out: each is asked for once.
    name: (found, button) => {
      if (found === name) exact ??= button as HTMLButtonElement
      return found.startsWith(name) || found.endsWith(name)
    },
  })
  return exact ?? near[0] ?? null
}

/** Closes what is open and goes where no page is. */
export async function leave(window: ConsoleWindow): Promise<void> {
  const words = await wordsInEnglish()
  await until(
    () => window.document.querySelectorAll('[role="dialog"]'),
    (open) => {
      if (open.length > 0) fireEvent.keyDown(window.document.body, { key: 'Escape' })
      expect(open).toHaveLength(0)
    },
  )
  window.go('/nowhere')
  await isThere(() => window.text().includes(words('noPage.title')))
}

export async function openDialog(window: ConsoleWindow, { at, button, keys, open, title }: WayIn): Promise<OpenDialog> {
  const words = await wordsInEnglish()
  const { body } = window.document
  const name = title === undefined ? {} : { name: words(title) }
  const find = () => within(body).queryByRole('dialog', name)
  await leave(window)
  window.go(at)
  await isThere(() => !window.text().includes(words('noPage.title')))
  if (button !== undefined) {
    // One that is disabled until its page knows enough would take no click.
    await until(
      () => buttonIn(body, words(button))?.disabled,
      (disabled) => expect(disabled, `the button ${words(button)}`).toBe(false),
    )
    fireEvent.click(buttonIn(body, words(button)) as Element)
  }
  if (keys !== undefined) fireEvent.keyDown(body, keys)
  await open?.(window)
  await isThere(find)
  const box = () => within(find() ?? body)
  /** A tick may have the name of the field that it shows, which comes after it. */
  const field = (label: string): HTMLInputElement => {
    const named = box().getAllByLabelText<HTMLInputElement>(words(label))
    const [first = expect.fail(label), ...others] = named.length === 1 ? named : named.filter(({ type }) => type !== 'checkbox')
    expect(others, `fields of the name ${words(label)}`).toEqual([])
    return first
  }
  return {
    isOpen: () => find() !== null,
    says: () => find()?.textContent ?? '',
    field,
    type: (label, text) => void fireEvent.input(field(label), { target: { value: text } }),
    button: (label) => buttonIn(find() ?? body, words(label)),
    press: (label) => {
      const found = buttonIn(find() ?? body, words(label))
      expect(found, `the button ${words(label)}`).not.toBeNull()
      fireEvent.click(found as Element)
    },
    escape: () => void fireEvent.keyDown(window.document.activeElement ?? body, { key: 'Escape' }),
  }
}
