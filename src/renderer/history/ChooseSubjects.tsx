import { Plus } from 'lucide-react'
import { Popover } from 'radix-ui'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { findByName } from '../app/findByName.ts'
import { fleet, useFleetTick } from '../app/fleet.ts'
import { markOfServer, markOfStream } from '../app/StateMark.tsx'
import { Button } from '../ui/Button.tsx'
import { inputClass } from '../ui/Field.tsx'
import { Mark } from '../ui/Mark.tsx'
import { type Chosen, mostChosen, sameChosen } from './chosen.ts'

const shown = 12

interface ChooseSubjectsProps {
  readonly chosen: readonly Chosen[]
  readonly onChosen: (chosen: readonly Chosen[]) => void
}
/** Servers and streams whose charts are wanted, found by name. */
export const ChooseSubjects = ({ chosen, onChosen }: ChooseSubjectsProps) => {
  const { t } = useTranslation()
  const [open, setOpen] = useState(false)
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger asChild>
        <Button disabled={chosen.length >= mostChosen}>
          <Plus size={13} aria-hidden="true" /> {t('timeline.choose')}
        </Button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="end"
          sideOffset={6}
          collisionPadding={8}
          className="z-50 w-[380px] rounded-md border border-line-strong bg-raised p-2 shadow-float"
        >
          <Found
            chosen={chosen}
            onChoose={(one) => {
              onChosen([...chosen, one])
              setOpen(false)
            }}
          />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}

const Found = ({ chosen, onChoose }: { readonly chosen: readonly Chosen[]; readonly onChoose: (one: Chosen) => void }) => {
  const { t } = useTranslation()
  // Never deferred: Enter right after the last letter must mean what that letter found.
  const [query, setQuery] = useState('')
  const [place, setPlace] = useState(0)
  useFleetTick()
  const isNew = (one: Chosen) => !chosen.some((other) => sameChosen(other, one))
  const servers = findByName(
    fleet.servers().map((server) => ({ text: server.name.toLowerCase(), server })),
    query,
    shown,
  ).found.filter(({ server }) => isNew({ serverId: server.id, path: '' }))
  const streams =
    query.trim() === ''
      ? []
      : findByName(
          fleet.rows().map((row) => ({ text: `${row.facts.path} ${row.serverName}`.toLowerCase(), row })),
          query,
          shown,
        ).found.filter(({ row }) => isNew({ serverId: row.facts.serverId, path: row.facts.path }))
  const all = [
    ...servers.map(({ server }) => ({ one: { serverId: server.id, path: '' }, name: server.name, of: t('timeline.server'), kind: markOfServer(server.state) })),
    ...streams.map(({ row }) => ({
      one: { serverId: row.facts.serverId, path: row.facts.path },
      name: row.facts.path,
      of: row.serverName,
      kind: markOfStream(row.facts.state, row.severity),
    })),
  ].slice(0, shown)
  const at = Math.min(place, all.length - 1)
  return (
    <>
      <input
        // biome-ignore lint/a11y/noAutofocus: it was opened to type into
        autoFocus
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls="found-subjects"
        aria-activedescendant={all[at] ? `found-${at}` : undefined}
        aria-label={t('timeline.chooseHint')}
        placeholder={t('timeline.chooseHint')}
        className={inputClass}
        value={query}
        onChange={(event) => {
          setQuery(event.target.value)
          setPlace(0)
        }}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown') setPlace(Math.min(all.length - 1, at + 1))
          else if (event.key === 'ArrowUp') setPlace(Math.max(0, at - 1))
          else if (event.key === 'Enter' && all[at]) onChoose(all[at].one)
          else return
          event.preventDefault()
        }}
      />
      <div id="found-subjects" role="listbox" className="mt-1.5 flex flex-col">
        {all.map(({ one, name, of, kind }, index) => (
          <div
            key={`${one.serverId}/${one.path}`}
            id={`found-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === at}
            onPointerMove={() => setPlace(index)}
            onClick={() => onChoose(one)}
            onKeyDown={() => {}}
            className={`flex cursor-pointer items-center gap-2 rounded px-2 py-1 ${index === at ? 'bg-accent-soft' : ''}`}
          >
            <Mark kind={kind} size={11} />
            <span className="min-w-0 truncate font-medium">{name}</span>
            <span className="ml-auto flex-none text-sm text-faint">{of}</span>
          </div>
        ))}
        {all.length === 0 && <p className="px-2 py-1 text-muted">{t('palette.none')}</p>}
      </div>
    </>
  )
}
