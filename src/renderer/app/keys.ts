/**
 * Keys of the console. `/`, `?`, `f` alone, `g o` one after the other, `mod+k` with Ctrl or Cmd, `shift+j` where a letter
 * with Shift means something of its own.
 *
 *     useKeys('streams', [{ keys: 'c', words: t('streams.columns'), run: openColumns }])
 *
 * binds keys while a page is shown, and lists them under `?`. Single keys do nothing while text is typed, or
 * while a dialog is open, and can be switched off (WCAG 2.1.4). `/` goes to the page's own search field where it
 * has one with the attribute `data-search`, else opens the palette.
 */
import { useEffect, useRef } from 'react'
import { preferences } from './preferences.ts'

export interface KeyRow {
  readonly keys: string
  readonly words: string
  readonly run: () => void
}
export type KeyGroup = 'everywhere' | 'goTo' | 'page' | 'past'

interface Bound extends KeyRow {
  readonly group: KeyGroup
}
const bound = new Set<Bound>()
const chordMs = 1500
let first: { readonly key: string; readonly at: number } | null = null

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  // A closed list whose entries begin with no letter has no use for them.
  target.closest('[data-passes-keys][aria-expanded="false"]') === null &&
  (target.isContentEditable ||
    // Lists and menus find their entries by letters.
    target.closest('[role="listbox"], [role="combobox"], [role="menu"]') !== null ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement ||
    (target instanceof HTMLInputElement && !['checkbox', 'radio', 'button'].includes(target.type)))

function onKey(event: KeyboardEvent) {
  if (event.defaultPrevented || event.isComposing || event.altKey) return
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
  const find = (keys: string) => [...bound].findLast((row) => row.keys === keys)
  const run = (row: Bound | undefined) => {
    first = null
    if (!row) return
    event.preventDefault()
    row.run()
  }
  if (event.ctrlKey || event.metaKey) {
    run(find(`mod+${key}`))
    return
  }
  if (!preferences().singleKeys || isTyping(event.target) || document.querySelector('[role="dialog"]')) return
  if (first !== null && event.timeStamp - first.at < chordMs) {
    run(find(`${first.key} ${key}`))
    return
  }
  if (event.target instanceof HTMLElement && event.target.closest('[data-own-keys]')) return
  if ([...bound].some((row) => row.keys.startsWith(`${key} `))) {
    first = { key, at: event.timeStamp }
    return
  }
  run((event.shiftKey ? find(`shift+${key}`) : undefined) ?? find(key))
}

/** Starts listening. Called once, by the entry. */
export const startKeys = (): void => window.addEventListener('keydown', onKey)

/** All keys bound now, for the list under `?`. */
export const boundKeys = (group: KeyGroup): readonly KeyRow[] => [...bound].filter((row) => row.group === group)

/** Binds keys as long as the component is there. */
export function useKeys(group: KeyGroup, rows: readonly KeyRow[]): void {
  const latest = useRef(rows)
  latest.current = rows
  const names = rows.map((row) => `${row.keys}\n${row.words}`).join('\n\n')
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows are new objects at each render; their keys and words say when others are bound
  useEffect(() => {
    const own = latest.current.map((row, place): Bound => ({ keys: row.keys, words: row.words, group, run: () => latest.current[place]?.run() }))
    for (const row of own) bound.add(row)
    return () => {
      for (const row of own) bound.delete(row)
    }
  }, [names, group])
}
