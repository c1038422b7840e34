import { useQuery } from '@tanstack/react-query'
import { Server } from 'lucide-react'
import { searchText } from '../../shared/searchText.ts'
import { type Choice, ChoiceIcon, matching, useGo } from '../app/choices.tsx'
import { orpc } from '../app/client.ts'
import { toHost } from '../app/links.ts'
import { t } from '../app/words.ts'

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
  return matching(choices, query, 'hosts', go)
}
