import { t } from '../app/words.ts'
import { Mark } from '../ui/Mark.tsx'
import { fleet, useEngineGone, useServers, useVerdict } from './fleet.ts'
import { withoutText } from './withoutText.ts'

interface NoTroubleProps {
  /** Incidents that somebody put away. */
  readonly away: number
  readonly className?: string
}
/** Why nothing is in trouble: all is well, what is wrong is put away, or the state of some servers, which are named, is unknown. */
export function NoTrouble({ away, className = '' }: NoTroubleProps) {
  const verdict = useVerdict()
  const gone = useEngineGone()
  useServers()
  const { totals, missing } = fleet.figures()
  const without = withoutText(missing, t)
  return (
    <div className={`flex h-full items-center justify-center gap-2.5 px-3.5 ${className}`} role="status">
      <Mark kind={verdict === 'well' ? 'ok' : verdict === 'unknown' ? 'unknown' : 'idle'} size={14} />
      <b className="font-semibold">
        {t(away > 0 || verdict === 'well' ? 'overview.penaltyEmpty' : verdict === 'nothing' ? 'overview.mapEmpty' : 'common.someStatesUnknown')}
      </b>
      <span className="min-w-0 text-muted">
        {gone
          ? t('overview.penaltyGone')
          : away > 0
            ? t('overview.penaltyAway', { count: away })
            : verdict === 'unknown' &&
              [t('overview.penaltyUnknown', { count: totals.unknown ?? 0 }), without].filter((words) => words !== undefined).join(' · ')}
      </span>
    </div>
  )
}
