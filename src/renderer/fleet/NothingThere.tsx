import { Radio } from 'lucide-react'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { useConnection } from '../app/client.ts'
import { toWelcome } from '../app/links.ts'
import { useMoment } from '../app/moment.ts'
import { t } from '../app/words.ts'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Mark } from '../ui/Mark.tsx'
import { Panel } from '../ui/Panel.tsx'
import { fleet, useEngineGone, useServers, useVerdict } from './fleet.ts'
import { withoutText } from './fleetFigures.ts'
import { May } from './me.tsx'

/** A page of streams while no server is watched, with the way to the first one. */
export function NoServers({ className }: { readonly className?: string }) {
  return (
    <EmptyState
      {...(className !== undefined && { className })}
      icon={<Radio size={28} />}
      title={t('common.noServersYet')}
      actions={
        <May needs="administer">
          <Link to={toWelcome} className="rounded-md bg-accent px-3 py-1 font-semibold text-on-accent">
            {t('common.addAServer')}
          </Link>
        </May>
      }
    >
      {t('settings.noneText')}
    </EmptyState>
  )
}

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

/** A page of what no bundle has. */
export function NotInBundle() {
  return (
    <Panel className="flex-1" bodyClassName="flex items-center justify-center">
      <EmptyState title={t('past.notInBundle')} />
    </Panel>
  )
}

interface Said {
  readonly title: string
  readonly text: string
}
interface NothingWatchedProps {
  readonly none: Said
  /** Why a bundle has none. */
  readonly ofBundle: Said
  /** What adds the first one and is nowhere else on the page; not shown in the past. */
  readonly actions?: ReactNode
}
/** A page of what is watched, while nothing is. */
export function NothingWatched({ none, ofBundle, actions }: NothingWatchedProps) {
  const past = useMoment() !== null
  const bundle = useConnection().hello?.bundle != null
  const { title, text } = bundle ? ofBundle : none
  return (
    <Panel className="flex-1" bodyClassName="flex items-center justify-center">
      <EmptyState title={title} actions={bundle || past ? undefined : actions}>
        {text}
      </EmptyState>
    </Panel>
  )
}
