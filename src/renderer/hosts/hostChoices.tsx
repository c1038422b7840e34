import { useQuery } from '@tanstack/react-query'
import { Server } from 'lucide-react'
import { searchText } from '../../shared/searchText.ts'
import { type Choice, ChoiceIcon, matching, useGo, wholeList } from '../app/choices.tsx'
import { orpc } from '../app/client.ts'
import { toHost, toHosts } from '../app/links.ts'
import { t } from '../app/words.ts'

const mostShown = 8

/** Hosts for the command palette: those that match. */
export function useHostChoices(query: string): readonly Choice[] {
  const go = useGo()
  const hosts = useQuery({ ...orpc.hosts.list.queryOptions(), staleTime: 30_000, structuralSharing: false })
  const choices = (hosts.data ?? []).map((host) => ({
    id: `host ${host.id}`,
    text: searchText(`${host.name} ${host.ssh ?? ''}`),
    icon: <ChoiceIcon of={Server} />,
    name: host.name,
    hint: t(`serverState.${host.state}`),
    run: go(toHost(host.id)),
    trouble: host.state === 'down' || host.state === 'waiting' ? 1 : 0,
  }))
  return matching(choices, query, mostShown, (count) =>
    wholeList(
      'search hosts',
      t('palette.searchIn', { text: query, page: t('pages.hosts') }),
      t('common.countFound', { count }),
      go(`${toHosts}?${new URLSearchParams({ q: query })}`),
    ),
  )
}
