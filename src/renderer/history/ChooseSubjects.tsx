import { Plus } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { searchText } from '../../shared/searchText.ts'
import { sameSubject, serverSubject, streamSubject } from '../../shared/subjectNames.ts'
import type { Subject } from '../../shared/subjects.ts'
import { findByName } from '../app/findByName.ts'
import { fleet, useFleetTick } from '../app/fleet.ts'
import { markOfServer, markOfStream } from '../app/StateMark.tsx'
import { Button } from '../ui/Button.tsx'
import { inputClass } from '../ui/Field.tsx'
import { Mark, type MarkKind } from '../ui/Mark.tsx'
import { Menu } from '../ui/Menu.tsx'
import { mostChosen, shareRows } from './chosen.ts'

const shown = 12

/** A subject to choose. */
export interface Choice {
  readonly one: Subject
  readonly name: string
  /** Its kind, or the server or host it belongs to. */
  readonly of: string
  readonly kind: MarkKind
}

interface ChooseSubjectsProps {
  readonly chosen: readonly Subject[]
  readonly onChosen: (chosen: readonly Subject[]) => void
  /** Machines. */
  readonly hosts: readonly Choice[]
  /** Their disks, networks and other parts. Like streams, they are found by name only, because there are too many to list. */
  readonly parts: readonly Choice[]
  readonly probes: readonly Choice[]
  /** Called when opened, to renew the lists of hosts, parts and probes. */
  readonly onOpen: () => void
}
/** Chooses servers, streams, hosts and probes to chart, by name. */
export function ChooseSubjects({ chosen, onChosen, hosts, parts, probes, onOpen }: ChooseSubjectsProps) {
  const { t } = useTranslation()
  const [open, setOpen] = useState(false)
  return (
    <Menu
      width={380}
      className="p-2"
      open={open}
      onOpenChange={(next) => {
        setOpen(next)
        if (next) onOpen()
      }}
      trigger={
        <Button disabled={chosen.length >= mostChosen}>
          <Plus size={13} aria-hidden="true" /> {t('timeline.choose')}
        </Button>
      }
    >
      <Found
        chosen={chosen}
        hosts={hosts}
        parts={parts}
        probes={probes}
        onChoose={(one) => {
          onChosen([...chosen, one])
          setOpen(false)
        }}
      />
    </Menu>
  )
}

type FoundProps = Pick<ChooseSubjectsProps, 'chosen' | 'hosts' | 'parts' | 'probes'> & { readonly onChoose: (one: Subject) => void }
function Found({ chosen, hosts, parts, probes, onChoose }: FoundProps) {
  const { t } = useTranslation()
  // Not deferred: Enter right after the last letter must use the results for that letter.
  const [query, setQuery] = useState('')
  const [place, setPlace] = useState(0)
  useFleetTick()
  const isNew = (one: Subject) => !chosen.some((other) => sameSubject(other, one))
  const typed = query.trim() !== ''
  const servers = findByName(
    fleet.servers().map((server) => ({ text: searchText(server.name), server })),
    query,
    shown,
  ).found.map(
    ({ server }): Choice => ({
      one: serverSubject(server.id),
      name: server.name,
      of: t('timeline.server'),
      kind: markOfServer(server.state, fleet.severityOfServer(server.id)),
    }),
  )
  const streams = findByName(
    typed ? fleet.rows().map((row) => ({ text: searchText(`${row.facts.path} ${row.serverName}`), row })) : [],
    query,
    shown,
  ).found.map(
    ({ row }): Choice => ({
      one: streamSubject(row.facts.serverId, row.facts.path),
      name: row.facts.path,
      of: row.serverName,
      kind: markOfStream(row.facts.state, row.severity),
    }),
  )
  const named = (subjects: readonly Choice[]) =>
    findByName(
      subjects.map((subject) => ({ text: searchText(`${subject.name} ${subject.of}`), subject })),
      query,
      shown,
    ).found.map(({ subject }) => subject)
  const lists = [servers, streams, named(hosts), named(probes), typed ? named(parts) : []].map((list) => list.filter(({ one }) => isNew(one)))
  const shares = shareRows(
    lists.map(({ length }) => length),
    shown,
  )
  const all = lists.flatMap((list, index) => list.slice(0, shares[index]))
  const at = Math.min(place, all.length - 1)
  return (
    <>
      <input
        // biome-ignore lint/a11y/noAutofocus: the operator opened it to type
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
            key={JSON.stringify(one)}
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
