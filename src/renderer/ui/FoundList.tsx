import { Command } from 'cmdk'
import { useState } from 'react'
import { flushSync } from 'react-dom'
import { inputClass } from './Field.tsx'
import { Mark, type MarkKind } from './Mark.tsx'

export interface Found<One> {
  readonly key: string
  readonly one: One
  readonly name: string
  /** Its kind, or the server or host it belongs to. */
  readonly of: string
  readonly kind: MarkKind
}

interface FoundListProps<One> {
  readonly hint: string
  readonly none: string
  readonly find: (query: string) => readonly Found<One>[]
  readonly onChoose: (one: One) => void
}
/** Finds things by name, and chooses one with Enter or a click. */
export function FoundList<One>({ hint, none, find, onChoose }: FoundListProps<One>) {
  // Not deferred: Enter right after the last letter must use the results for that letter.
  const [query, setQuery] = useState('')
  const [marked, setMarked] = useState({ key: '', place: 0 })
  const all = find(query)
  // What was chosen may leave the list: what comes into its place is marked then.
  const shown = all.find(({ key }) => key === marked.key) ?? all[Math.max(0, Math.min(marked.place, all.length - 1))]
  return (
    <Command
      shouldFilter={false}
      vimBindings={false}
      label={hint}
      value={shown?.key ?? ''}
      onValueChange={(key) => setMarked({ key, place: all.findIndex((one) => one.key === key) })}
      // Where the list stays open, a key held down would choose the next ones too.
      onKeyDown={(event) => event.key === 'Enter' && event.repeat && event.preventDefault()}
    >
      <Command.Input
        autoFocus
        placeholder={hint}
        className={inputClass}
        value={query}
        onValueChange={(text) => {
          setQuery(text)
          setMarked({ key: '', place: 0 })
        }}
      />
      {/* So would a double click. */}
      <Command.List label={hint} className="mt-1.5 flex flex-col" onClickCapture={(event) => event.detail > 1 && event.stopPropagation()}>
        {all.map(({ key, one, name, of, kind }) => (
          <Command.Item
            key={key}
            value={key}
            onSelect={() => {
              // Where it leaves the list, cmdk would mark the first one.
              const place = all.findIndex((other) => other.key === key)
              flushSync(() => setMarked({ key: (all[place + 1] ?? all[place - 1])?.key ?? '', place }))
              onChoose(one)
            }}
            className="group flex cursor-pointer items-center gap-2 rounded px-2 py-1 data-[selected=true]:bg-accent-soft"
          >
            <Mark kind={kind} size={11} />
            <span className="min-w-0 truncate font-medium">{name}</span>
            <span className="ml-auto flex-none text-faint text-sm group-data-[selected=true]:text-muted">{of}</span>
          </Command.Item>
        ))}
        {all.length === 0 && <p className="px-2 py-1 text-muted">{none}</p>}
      </Command.List>
    </Command>
  )
}
