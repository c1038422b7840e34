import { useQuery } from '@tanstack/react-query'
import { Gauge } from 'lucide-react'
import { searchText } from '../../shared/searchText.ts'
import { severities } from '../../shared/severities.ts'
import { type Choice, ChoiceIcon, matching, useGo } from '../app/choices.tsx'
import { orpc } from '../app/client.ts'
import { toProbe } from '../app/links.ts'
import { t } from '../app/words.ts'
import { Mark } from '../ui/Mark.tsx'

/** Probes for the command palette: those that match. */
export function useProbeChoices(query: string): readonly Choice[] {
  const go = useGo()
  const probes = useQuery({ ...orpc.probes.list.queryOptions(), staleTime: 30_000, structuralSharing: false })
  const choices = (probes.data ?? []).map(({ id, name, url, project, severity, state }) => ({
    id: `probe ${id}`,
    text: searchText(`${name} ${project} ${url}`),
    icon: severity === null ? <ChoiceIcon of={Gauge} /> : <Mark kind={severity} />,
    name,
    hint: [...(severity === null ? [] : [t(`severity.${severity}`)]), ...(project === '' ? [] : [project])].join(' · '),
    run: go(toProbe(id)),
    trouble: severity !== null ? 1 + severities.length - severities.indexOf(severity) : state === 'down' ? 1 : 0,
  }))
  return matching(choices, query, 'probes', go)
}
