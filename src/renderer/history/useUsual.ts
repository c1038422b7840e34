import { useQuery } from '@tanstack/react-query'
import { metrics } from '../../shared/metrics.ts'
import type { Subject } from '../../shared/subjects.ts'
import { mostUsualMs, type Usual } from '../../shared/usual.ts'
import { orpc } from '../app/client.ts'
import type { Lane } from './lanes.ts'
import type { TimeWindow } from './timeRange.ts'

/** It changes by the hour; a quarter of one is the least that clocks of zones are apart. */
const stepMs = 900_000

/** What is usual for a stream in a window, as it was learned by the moment shown. null: not read, of several subjects, or over too long a time. */
export function useUsual(subject: Subject | null, lanes: readonly Lane[], window: TimeWindow, moment: number | null): Usual | null {
  const isWanted =
    subject?.kind === 'stream' && lanes.some(({ metric }) => 'usual' in metrics[metric]) && window.to - window.from <= mostUsualMs && window.to > 0
  const from = Math.floor(window.from / stepMs) * stepMs
  const to = Math.ceil(window.to / stepMs) * stepMs
  const at = moment === null ? null : Math.floor(moment / stepMs) * stepMs
  const of = subject?.kind === 'stream' ? { serverId: subject.serverId, path: subject.path } : { serverId: '', path: '' }
  const name = `${of.serverId}/${of.path}`
  const { data } = useQuery({
    ...orpc.streams.usual.queryOptions({ input: { ...of, from, to, ...(at !== null && { at }) } }),
    enabled: isWanted,
    staleTime: stepMs,
    retry: false,
    meta: { of: name },
    placeholderData: (last: Usual | undefined, before) => (before?.meta?.of === name ? last : undefined),
  })
  return isWanted ? (data ?? null) : null
}
