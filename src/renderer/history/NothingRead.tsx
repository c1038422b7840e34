import { useTranslation } from 'react-i18next'
import { metricLabel } from '../../i18n/metricText.ts'
import { useLanguage } from '../app/useLanguage.ts'
import { Skeleton } from '../ui/Skeleton.tsx'
import { type Lane, laneKey } from './lanes.ts'
import type { SeriesState } from './useSeries.ts'

/** Shown until data has been read: names of the lanes, or why there is no data. */
export function NothingRead({ lanes, state }: { readonly lanes: readonly Lane[]; readonly state: SeriesState }) {
  const { t } = useTranslation()
  const language = useLanguage()
  return (
    <div className="absolute inset-0 flex flex-col gap-6 py-4" aria-busy={state.status === 'loading'}>
      {state.status === 'failed' ? (
        <p className="text-muted">{t('common.notAvailable', { reason: state.words ?? '' })}</p>
      ) : (
        lanes
          .filter((lane) => lane.whenEmpty === 'shown')
          .map((lane) => (
            <div key={laneKey(lane)} className="flex-1">
              <div className="text-sm text-muted">
                {lane.subject} {metricLabel(lane.metric, language)}
              </div>
              <Skeleton className="mt-2 h-5 w-20" />
            </div>
          ))
      )}
    </div>
  )
}
