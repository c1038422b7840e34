import { useMemo, useState } from 'react'
import { cameraViewingGroupings } from '../../shared/viewing.ts'
import { toWatched } from '../app/links.ts'
import { ListBar } from '../app/lists.tsx'
import { RelatedTabs } from '../app/PageTabs.tsx'
import { usePageParams } from '../app/usePageParams.ts'
import { t } from '../app/words.ts'
import { useShownMoment } from '../fleet/fleet.ts'
import { RangePicker } from '../history/RangePicker.tsx'
import { readTimeRange, type TimeRange, writeTimeRange } from '../history/timeRange.ts'
import { Select } from '../ui/Select.tsx'
import { ViewingReport } from '../viewing/ViewingReport.tsx'
import { AllViews } from '../viewing/Views.tsx'
import { viewingTime } from './ofSubject.tsx'

const dayRange: TimeRange = { kind: 'last', id: '24h' }
const shownBy = ['stream', ...cameraViewingGroupings, 'person'] as const

/** What viewers watched, and who of the people of this console watched what. */
export function WatchedPage() {
  const [params, set, setParams] = usePageParams()
  const [bar, setBar] = useState<HTMLElement | null>(null)
  const moment = useShownMoment()
  const range = useMemo(() => readTimeRange(params) ?? dayRange, [params])
  const time = useMemo(() => viewingTime(range, moment), [range, moment])
  const by = shownBy.find((one) => one === params.get('by')) ?? 'stream'
  const text = params.get('find') ?? ''
  const list = { time, text, onText: (find: string) => set({ find }) }
  return (
    <ListBar value={bar}>
      <h1 className="sr-only">{t('pages.watched')}</h1>
      <div className="flex flex-none flex-wrap items-center gap-x-2.5 gap-y-2">
        <RelatedTabs of="sessions" at={toWatched} />
        <Select
          label={t('common.groupBy')}
          value={by}
          onChange={(next) => set({ by: next === 'stream' ? null : next })}
          options={shownBy.map((value) => ({ value, label: t(`viewing.by.${value}`) }))}
          passesKeys
        />
        <RangePicker range={range} onRange={(next) => setParams((before) => writeTimeRange(before, next))} onset={null} />
        <div ref={setBar} className="ml-auto flex items-center gap-2" />
      </div>
      {by === 'person' ? <AllViews {...list} /> : <ViewingReport key={by} {...list} by={by} />}
    </ListBar>
  )
}
