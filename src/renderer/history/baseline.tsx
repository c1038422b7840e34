import { useQuery } from '@tanstack/react-query'
import { type Baseline, longestBaselineMs } from '../../shared/baselines.ts'
import { metrics } from '../../shared/metrics.ts'
import type { Subject } from '../../shared/subjectNames.ts'
import { orpc } from '../app/client.ts'
import type { Lane } from './lanes.ts'
import type { TimeWindow } from './timeRange.ts'

export const baselineLook = { fill: 'var(--muted)', fillOpacity: 0.16 } as const

export function BaselineMark() {
  return (
    <svg width="14" height="9" className="inline flex-none" aria-hidden="true">
      <rect width="14" height="9" rx="1" {...baselineLook} />
    </svg>
  )
}

/** It changes by the hour; zones' clocks are a multiple of a quarter of one apart. */
const stepMs = 900_000

/** As learned by the moment shown. null: not read, of several subjects, or over too long a time. */
export function useBaseline(subject: Subject | null, lanes: readonly Lane[], window: TimeWindow, moment: number | null): Baseline | null {
  const isWanted =
    subject?.kind === 'stream' && lanes.some(({ metric }) => 'baseline' in metrics[metric]) && window.to - window.from <= longestBaselineMs && window.to > 0
  const from = Math.floor(window.from / stepMs) * stepMs
  const to = Math.ceil(window.to / stepMs) * stepMs
  const at = moment === null ? null : Math.floor(moment / stepMs) * stepMs
  const of = subject?.kind === 'stream' ? { serverId: subject.serverId, path: subject.path } : { serverId: '', path: '' }
  const name = `${of.serverId}/${of.path}`
  const { data } = useQuery({
    ...orpc.streams.baseline.queryOptions({ input: { ...of, from, to, ...(at !== null && { at }) } }),
    enabled: isWanted,
    staleTime: stepMs,
    retry: false,
    meta: { of: name },
    placeholderData: (last: Baseline | undefined, before) => (before?.meta?.of === name ? last : undefined),
  })
  return isWanted ? (data ?? null) : null
}
