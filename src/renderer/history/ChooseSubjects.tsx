import { Plus } from 'lucide-react'
import { useState } from 'react'
import { searchText } from '../../shared/searchText.ts'
import type { Subject } from '../../shared/subjectNames.ts'
import { sameSubject, serverSubject, streamSubject } from '../../shared/subjectNames.ts'
import { findByName } from '../app/findByName.ts'
import { t } from '../app/words.ts'
import { fleet, useFleetTick } from '../fleet/fleet.ts'
import { foundStreams } from '../fleet/foundStreams.ts'
import { markOfServer, markOfStream } from '../fleet/StateMark.tsx'
import { Button } from '../ui/Button.tsx'
import { type Found, FoundList } from '../ui/FoundList.tsx'
import { Menu } from '../ui/Menu.tsx'
import { mostChosen } from './chosen.ts'

/** At most so many of each kind are found, and fewer of them shown. */
const shown = 12
const ofEach = 6

export type Choice = Omit<Found<Subject>, 'key'>

interface ChooseSubjectsProps {
  readonly chosen: readonly Subject[]
  readonly onChosen: (chosen: readonly Subject[]) => void
  readonly hosts: readonly Choice[]
  /** Disks, networks and others: found by name only, because there are too many to list. */
  readonly parts: readonly Choice[]
  readonly probes: readonly Choice[]
  readonly onOpen: () => void
}
export function ChooseSubjects({ chosen, onChosen, hosts, parts, probes, onOpen }: ChooseSubjectsProps) {
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
      <Subjects
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

type SubjectsProps = Pick<ChooseSubjectsProps, 'chosen' | 'hosts' | 'parts' | 'probes'> & { readonly onChoose: (one: Subject) => void }
function Subjects({ chosen, hosts, parts, probes, onChoose }: SubjectsProps) {
  useFleetTick()
  const isNew = ({ one }: Choice) => !chosen.some((other) => sameSubject(other, one))
  const servers = (query: string) =>
    findByName(
      fleet.servers().map((server) => ({ text: searchText(server.name), server })),
      query,
      shown,
    ).found.map(
      ({ server }): Choice => ({
        one: serverSubject(server.id),
        name: server.name,
        of: t('common.server'),
        kind: markOfServer(server.state, fleet.severityOfServer(server.id)),
      }),
    )
  const streams = (query: string) =>
    foundStreams(query, shown).map(
      ({ facts, serverName, severity }): Choice => ({
        one: streamSubject(facts.serverId, facts.path),
        name: facts.path,
        of: serverName,
        kind: markOfStream(facts.state, severity),
      }),
    )
  const named = (subjects: readonly Choice[], query: string) =>
    findByName(
      subjects.map((subject) => ({ text: searchText(`${subject.name} ${subject.of}`), subject })),
      query,
      shown,
    ).found.map(({ subject }) => subject)
  const find = (query: string) => {
    const typed = query.trim() !== ''
    const lists = [servers(query), typed ? streams(query) : [], named(hosts, query), named(probes, query), typed ? named(parts, query) : []]
    // So that a long list does not hide the others.
    return lists.flatMap((list) => list.filter(isNew).slice(0, ofEach)).map((choice) => ({ ...choice, key: JSON.stringify(choice.one) }))
  }
  return <FoundList hint={t('timeline.choose')} none={t('common.nothingFound')} find={find} onChoose={onChoose} />
}
