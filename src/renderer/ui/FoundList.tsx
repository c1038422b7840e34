import { useId, useState } from 'react'
import { inputClass } from './Field.tsx'
import { Mark, type MarkKind } from './Mark.tsx'

/** Something to choose. */
export interface Found<One> {
  readonly key: string
  readonly one: One
  readonly name: string
  /** Its kind, or the server or host it belongs to. */
  readonly of: string
  readonly kind: MarkKind
}

interface FoundListProps<One> {
  /** What can be typed. */
  readonly hint: string
  /** What is said where nothing is found. */
  readonly none: string
  readonly find: (query: string) => readonly Found<One>[]
  /** Where `find` has to be asked for first. */
  readonly onQuery?: (query: string) => void
  readonly onChoose: (one: One) => void
}
/** Finds things by name, and chooses one with Enter or a click. */
export function FoundList<One>({ hint, none, find, onQuery, onChoose }: FoundListProps<One>) {
  const id = useId()
  // Not deferred: Enter right after the last letter must use the results for that letter.
  const [query, setQuery] = useState('')
  /** The one that Enter chooses: where it is now, or what is in its place once it is gone. */
  const [marked, setMarked] = useState<{ readonly key: string | null; readonly place: number }>({ key: null, place: 0 })
  const all = find(query)
  const found = all.findIndex(({ key }) => key === marked.key)
  const at = found < 0 ? Math.min(marked.place, all.length - 1) : found
  const mark = (place: number) => setMarked({ key: all[place]?.key ?? null, place: Math.max(0, place) })
  const optionId = (key: string) => `${id}-${encodeURIComponent(key)}`
  return (
    <>
      <input
        // biome-ignore lint/a11y/noAutofocus: the operator opened it to type
        autoFocus
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={all[at] && optionId(all[at].key)}
        aria-label={hint}
        placeholder={hint}
        className={inputClass}
        value={query}
        onChange={(event) => {
          setQuery(event.target.value)
          onQuery?.(event.target.value)
          setMarked({ key: null, place: 0 })
        }}
        onKeyDown={(event) => {
          // Of an input method: it ends a syllable.
          if (event.nativeEvent.isComposing) return
          if (event.key === 'ArrowDown') mark(Math.min(all.length - 1, at + 1))
          else if (event.key === 'ArrowUp') mark(Math.max(0, at - 1))
          else if (event.key === 'Enter') {
            if (all[at] && !event.repeat) onChoose(all[at].one)
          } else return
          event.preventDefault()
        }}
      />
      <div id={id} role="listbox" aria-label={hint} className="mt-1.5 flex flex-col">
        {all.map(({ key, one, name, of, kind }, index) => (
          <div
            key={key}
            id={optionId(key)}
            role="option"
            tabIndex={-1}
            aria-selected={index === at}
            onPointerMove={() => mark(index)}
            // Where the list stays open, a double click would choose the next one too.
            onClick={({ detail }) => {
              if (detail < 2) onChoose(one)
            }}
            onKeyDown={() => {}}
            className={`flex cursor-pointer items-center gap-2 rounded px-2 py-1 ${index === at ? 'bg-accent-soft' : ''}`}
          >
            <Mark kind={kind} size={11} />
            <span className="min-w-0 truncate font-medium">{name}</span>
            <span className={`ml-auto flex-none text-sm ${index === at ? 'text-muted' : 'text-faint'}`}>{of}</span>
          </div>
        ))}
        {all.length === 0 && <p className="px-2 py-1 text-muted">{none}</p>}
      </div>
    </>
  )
}
