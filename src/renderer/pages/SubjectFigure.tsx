import { ownerIdOf } from '../../shared/subjectNames.ts'
import type { FigureChartProps } from '../fleet/figureChart.ts'
import { fleet, pollIntervalMs, useServers } from '../fleet/fleet.ts'
import { FigureChart } from '../history/FigureChart.tsx'
import { useHosts } from '../hosts/useHosts.ts'

/** Only hosts' intervals are needed, which hardly change. */
const hostsEveryMs = 60_000

export function SubjectFigure(props: FigureChartProps) {
  useServers()
  const id = ownerIdOf(props.subject)
  const host = useHosts(hostsEveryMs).hosts.find((one) => one.id === id)
  const intervalMs = host === undefined ? pollIntervalMs(fleet.server(id)) : host.intervalSeconds * 1000
  return <FigureChart {...props} intervalMs={intervalMs} />
}
