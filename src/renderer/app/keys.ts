/**
 * Keyboard shortcuts, bound while a component is shown and listed under `?`. `/`, `?`, `f` are single keys, `g o` a sequence, `mod+k` a key
 * with Ctrl or Cmd, and `shift+j` a letter with Shift that differs from the letter alone. Single keys do nothing while text is typed or a
 * dialog is open, and can be switched off (WCAG 2.1.4).
 */
import { useEffect, useRef } from 'react'
import { createValue, useValue } from '../ui/listeners.ts'
import { preferences } from './preferences.ts'

interface KeyRow {
  readonly keys: string
  readonly words: string
  readonly run: () => void
}
type KeyGroup = 'everywhere' | 'goTo' | 'page' | 'past'

interface Bound extends KeyRow {
  readonly group: KeyGroup
}
const bound = createValue<readonly Bound[]>([])
const chordMs = 1500
let first: { readonly key: string; readonly at: number } | null = null

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  // A closed list that does not use letters to find entries passes keys on.
  target.closest('[data-passes-keys][aria-expanded="false"]') === null &&
  (target.isContentEditable ||
    // Lists and menus use letters to find entries.
    target.closest('[role="listbox"], [role="combobox"], [role="menu"]') !== null ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement ||
    (target instanceof HTMLInputElement && !['checkbox', 'radio', 'button'].includes(target.type)))

function onKey(event: KeyboardEvent) {
  if (event.defaultPrevented || event.isComposing || event.altKey) return
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
  const find = (keys: string) => bound.get().findLast((row) => row.keys === keys)
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
  if (bound.get().some((row) => row.keys.startsWith(`${key} `))) {
    first = { key, at: event.timeStamp }
    return
  }
  run((event.shiftKey ? find(`shift+${key}`) : undefined) ?? find(key))
}

export function startKeys(): void {
  window.addEventListener('keydown', onKey)
}

export function useBoundKeys(): (group: KeyGroup) => readonly KeyRow[] {
  const rows = useValue(bound)
  return (group) => rows.filter((row) => row.group === group)
}

export function useKeys(group: KeyGroup, rows: readonly KeyRow[]): void {
  const latest = useRef(rows)
  latest.current = rows
  const names = rows.map((row) => `${row.keys}\n${row.words}`).join('\n\n')
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows are new objects at each render; a change of their keys and words rebinds them
  useEffect(() => {
    const own = latest.current.map((row, place): Bound => ({ keys: row.keys, words: row.words, group, run: () => latest.current[place]?.run() }))
    bound.set([...bound.get(), ...own])
    return () => bound.set(bound.get().filter((row) => !own.includes(row)))
  }, [names, group])
}
