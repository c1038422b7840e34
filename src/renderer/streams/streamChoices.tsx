import { useMemo } from 'react'
import { type Choice, useGo, wholeList } from '../app/choices.tsx'
import { findByName } from '../app/findByName.ts'
import { toStream } from '../app/links.ts'
import { t } from '../app/words.ts'
import { useFleetTick } from '../fleet/fleet.ts'
import { searchableStreams } from '../fleet/foundStreams.ts'
import { markOfStream } from '../fleet/StateMark.tsx'
import { Mark } from '../ui/Mark.tsx'

const mostShown = 30

/** Streams for the command palette: those that match, in trouble first, and a link to the list of all of them. */
export function useStreamChoices(query: string): readonly Choice[] {
  const go = useGo()
  useFleetTick()
  const searchable = searchableStreams()
  const { found, total } = useMemo(
    () => (query === '' ? { found: [], total: 0 } : findByName(searchable, query, mostShown, ({ row }) => row.severity !== null)),
    [searchable, query],
  )
  if (total === 0) return []
  return [
    ...found.map(({ row }) => ({
      id: `stream ${row.key}`,
      icon: <Mark kind={markOfStream(row.facts.state, row.severity)} />,
      name: (
        <>
          {row.facts.path} <span className="text-faint">· {row.serverName}</span>
        </>
      ),
      hint: t(`streamState.${row.facts.state}`),
      run: go(toStream(row.facts.serverId, row.facts.path)),
    })),
    wholeList('streams', query, total > mostShown ? t('common.countFound', { count: total }) : undefined, go),
  ]
}
